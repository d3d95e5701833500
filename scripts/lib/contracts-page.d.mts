export function contractsPage(page: string): string;
