import { refuse } from "../errors/refuse.js";
import type { JsonObject, JsonValue } from "../model/json.js";
import { durationOf } from "./duration.js";
import { readBlock } from "./read-block.js";
import { listOf, objectOf, textOf } from "./values.js";

/** One key of a block: Nomad's own JSON name for it, and how its value is read. */
export interface Field<T extends JsonValue = JsonValue> {
  /** Nomad's JSON name, e.g. `MaxFileSizeMB` for `max_file_size`. */
  readonly nomad: string;
  readonly required?: boolean;
  /** @throws LauncherError `NOMAD_E_REQUEST_INVALID` naming `path`. */
  readonly read: (value: JsonValue, path: string) => T;
}

/** A block of the job specification: HCL key -> field. */
export type BlockSpec = Readonly<Record<string, Field>>;

type Options = Pick<Field, "required">;

/** One line or more of text; a number is written as text. */
export function text(nomad: string, options: Options = {}): Field<string> {
  return { nomad, ...options, read: textOf };
}

/** One of a few words. */
export function oneOf(nomad: string, words: readonly string[], options: Options = {}): Field<string> {
  const read = (value: JsonValue, path: string) => {
    const word = textOf(value, path);
    if (words.includes(word)) return word;
    throw refuse(path, `${JSON.stringify(value)} is none of Nomad's words for it`, `Use ${words.join(", ")}.`);
  };
  return { nomad, ...options, read };
}

/** A whole number within bounds; `unit` is for the sentence. */
export function whole(
  nomad: string,
  {
    least = 0,
    most = 2_147_483_647,
    unit = "",
    ...options
  }: Options & { least?: number; most?: number; unit?: string } = {},
): Field<number> {
  const read = (value: JsonValue, path: string) => {
    const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) return number;
    const range = most === 2_147_483_647 ? `at least ${least}` : `from ${least} to ${most}`;
    throw refuse(
      path,
      `${JSON.stringify(value)} is not possible`,
      `Give a whole number${unit && ` of ${unit}`}, ${range}.`,
    );
  };
  return { nomad, ...options, read };
}

/** True or false. */
export function flag(nomad: string, options: Options = {}): Field<boolean> {
  const read = (value: JsonValue, path: string) => {
    if (typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    throw refuse(path, `${JSON.stringify(value)} is neither true nor false`, "Write true or false.");
  };
  return { nomad, ...options, read };
}

/** `"90s"`, `"1h30m"`, or a number of seconds; Nomad gets nanoseconds. */
export function duration(
  nomad: string,
  { least = "0s", ...options }: Options & { least?: string } = {},
): Field<number> {
  const read = (value: JsonValue, path: string) => {
    const time = durationOf(value, path);
    if (time >= durationOf(least, path)) return time;
    throw refuse(path, `${JSON.stringify(value)} is too short for Nomad`, `Make it ${least} or longer.`);
  };
  return { nomad, ...options, read };
}

/** A list of texts; one text counts as a list of one. */
export function texts(nomad: string, options: Options = {}): Field<readonly string[]> {
  const read = (value: JsonValue, path: string) =>
    listOf(value).map((item, index) => textOf(item, Array.isArray(value) ? `${path}[${index}]` : path));
  return { nomad, ...options, read };
}

/** Text by name. */
export function textMap(nomad: string, options: Options = {}): Field<Readonly<Record<string, string>>> {
  const read = (value: JsonValue, path: string) =>
    Object.fromEntries(
      Object.entries(objectOf(value, path)).map(([key, item]) => [key, textOf(item, `${path}.${key}`)]),
    );
  return { nomad, ...options, read };
}

/** A block within the block. */
export function block(nomad: string, spec: BlockSpec, options: Options = {}): Field<JsonObject> {
  return { nomad, ...options, read: (value, path) => readBlock(spec, value, path) };
}

/** Blocks that may be repeated; one counts as a list of one. */
export function blocks(nomad: string, spec: BlockSpec, options: Options = {}): Field<readonly JsonObject[]> {
  const read = (value: JsonValue, path: string) =>
    listOf(value).map((item, index) => readBlock(spec, item, Array.isArray(value) ? `${path}[${index}]` : path));
  return { nomad, ...options, read };
}

/** Anything, passed on as it is: a driver's or a plugin's own business. */
export function anything(nomad: string, options: Options = {}): Field {
  return { nomad, ...options, read: (value) => value };
}
