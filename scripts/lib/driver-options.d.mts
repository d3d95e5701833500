/** Options of Nomad's own task drivers, by driver. */
export function driverOptions(version: string): Promise<Readonly<Record<string, readonly string[]>>>;
