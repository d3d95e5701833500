import { LauncherError } from "../core/errors/launcher-error.js";

/**
 * Reads the fields of one untrusted JSON object.
 *
 * Hand-written rather than a schema: hundreds of allocations per second pass here. Unknown fields are ignored, since newer
 * Nomads add some; `null` counts as absent, since Go writes nil maps and slices so.
 */
export class Fields {
  readonly #raw: Readonly<Record<string, unknown>>;

  /**
   * @param what Kind of object, for messages: `allocation`.
   * @param call Call the object came from: `GET /allocations`.
   * @throws LauncherError `NOMAD_E_API_REPLY`, as all methods here, when the reply is not what it should be.
   */
  constructor(
    value: unknown,
    private readonly what: string,
    private readonly call: string,
  ) {
    if (!isObject(value)) throw malformed(call, `${what} is ${kindOf(value)}, not an object`);
    this.#raw = value;
  }

  text(name: string): string {
    return this.#need(name, "string") as string;
  }

  number(name: string): number {
    return this.#need(name, "number") as number;
  }

  flag(name: string): boolean {
    return this.#need(name, "boolean") as boolean;
  }

  /** A text that Nomad leaves out, or leaves empty, when there is none. */
  optionalText(name: string): string | undefined {
    const value = this.optional(name, "string") as string | undefined;
    return value === "" ? undefined : value;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const value = this.text(name);
    const found = values.find((known) => known === value);
    if (found === undefined)
      throw malformed(this.call, `${this.what}.${name} is "${value}", which is none of ${values.join(", ")}`);
    return found;
  }

  object(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.#raw[name] ?? undefined;
    if (value !== undefined && !isObject(value)) throw this.#wrong(name, "an object");
    return value;
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.#raw[name] ?? undefined;
    if (value !== undefined && !Array.isArray(value)) throw this.#wrong(name, "a list");
    return value;
  }

  optional(name: string, type: "string" | "number" | "boolean"): unknown {
    const value = this.#raw[name] ?? undefined;
    if (value !== undefined && typeof value !== type) throw this.#wrong(name, `a ${type}`);
    return value;
  }

  #need(name: string, type: "string" | "number" | "boolean"): unknown {
    const value = this.#raw[name];
    if (typeof value !== type) throw this.#wrong(name, `a ${type}`);
    return value;
  }

  #wrong(name: string, wanted: string): LauncherError {
    return malformed(this.call, `${this.what}.${name} is ${kindOf(this.#raw[name])}, not ${wanted}`);
  }
}

/** What a list reply held. */
export interface ReadList<T> {
  readonly items: readonly T[];
  /** Jobs of which something could not be read, and the first reason. */
  readonly unreadable: ReadonlyMap<string, LauncherError>;
}

/**
 * Reads each element of a list reply. One that makes no sense is its job's trouble; it is nobody's when it names none.
 *
 * @param jobId the one job that the list is about.
 */
export function readList<T>(
  body: unknown,
  call: string,
  read: (value: unknown, call: string) => T,
  jobId?: string,
): ReadList<T> {
  if (!Array.isArray(body)) throw malformed(call, `it is ${kindOf(body)}, not a list`);
  const items: T[] = [];
  const unreadable = new Map<string, LauncherError>();
  for (const value of body as readonly unknown[]) {
    try {
      items.push(read(value, call));
    } catch (error) {
      const id = jobId ?? jobIdOf(value);
      if (!(error instanceof LauncherError)) throw error;
      if (id !== undefined && !unreadable.has(id)) unreadable.set(id, error);
    }
  }
  return { items, unreadable };
}

/** The job that an element of a list or an event is about. */
export function jobIdOf(value: unknown): string | undefined {
  const id = (value as { readonly JobID?: unknown } | null | undefined)?.JobID;
  return typeof id === "string" ? id : undefined;
}

/** The error for a reply that is not what Nomad's API promises. */
export function malformed(call: string, problem: string, cause?: unknown): LauncherError {
  return new LauncherError("NOMAD_E_API_REPLY", { call, problem }, cause === undefined ? undefined : { cause });
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
