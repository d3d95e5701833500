/** What can be registered. Each is a shelf of the registry. */
export type ShelfName =
  | "drivers"
  | "otherDrivers"
  | "devices"
  | "features"
  | "transports"
  | "watchers"
  | "credentials"
  | "classifiers"
  | "logSinks"
  | "metrics"
  | "queueSources"
  | "commands"
  | "fragments";

/** One thing that a plugin asked to register. */
export interface Registration {
  readonly shelf: ShelfName;
  readonly name: unknown;
  readonly item: unknown;
  /** Plugin whose thing of that name it takes the place of. */
  readonly replaces?: string | undefined;
}

/** What a thing must have, and of which type; a plugin may be JavaScript, so that its types promise nothing. */
const parts: Readonly<Record<ShelfName, Readonly<Record<string, "object" | "function">>>> = {
  drivers: { capabilities: "object", toConfig: "function" },
  otherDrivers: {},
  devices: { claims: "function", toDevices: "function" },
  features: { contribute: "function" },
  transports: {},
  watchers: {},
  credentials: {},
  classifiers: { explain: "function" },
  logSinks: {},
  metrics: { add: "function", observe: "function", watch: "function" },
  queueSources: {},
  commands: { run: "function" },
  fragments: { schema: "object" },
};

const factories: readonly ShelfName[] = [
  "otherDrivers",
  "transports",
  "watchers",
  "credentials",
  "logSinks",
  "queueSources",
];
/** What is a list of names, where it is at all. */
const lists = ["after", "blocks", "drivers"];
const command = /^[a-z][a-z0-9-]*$/;

/** Why a registration cannot be; undefined when it can. */
export function wrongShape({ shelf, name, item }: Registration, kind: string): string | undefined {
  if (typeof name !== "string" || name === "") return `it registers a ${kind} without a name`;
  if (factories.includes(shelf)) return typeof item === "function" ? undefined : `its ${kind} ${name} is no function`;
  if (shelf === "commands" && !command.test(name))
    return `its command ${JSON.stringify(name)} is not one lower-case word`;
  if (typeof item !== "object" || item === null) return `its ${kind} ${name} is no object`;
  const lacking = Object.entries(parts[shelf]).find(([key, type]) => !isOf(type, Reflect.get(item, key)));
  if (lacking !== undefined) return `its ${kind} ${name} has no ${lacking[1]} ${lacking[0]}`;
  const odd = lists.find((key) => Reflect.get(item, key) !== undefined && !areNames(Reflect.get(item, key)));
  return odd === undefined ? undefined : `${odd} of its ${kind} ${name} is no list of names`;
}

/** Whether it is a list of names. */
export function areNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

const isOf = (type: string, value: unknown) => typeof value === type && value !== null;
