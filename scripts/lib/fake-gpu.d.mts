export function obtainFakeGpu(): Promise<string>;
