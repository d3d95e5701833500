/** Reads structs out of Go source and writes them as TypeScript: names and types only. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {{ name: string, type: string, tag: string }} Field */

/** Scalars, as encoding/json writes them. */
const SCALARS = /** @type {Record<string, string>} */ ({
  string: "string",
  bool: "boolean",
  "[]byte": "string",
  byte: "number",
  "time.Time": "string",
  "time.Duration": "number",
  any: "unknown",
  "interface{}": "unknown",
  error: "unknown",
  "contexts.Context": "string",
  float32: "number",
  float64: "number",
});

/** What embeds itself only to carry what stands in headers. */
const CARRIERS = new Set(["WriteMeta", "QueryMeta", "WriteRequest", "QueryOptions", "WriteOptions"]);

/** Every struct and named type of a Go package. @param {string} folder */
export function readGoTypes(folder) {
  const structs = /** @type {Map<string, Field[]>} */ (new Map());
  const names = /** @type {Map<string, string>} */ (new Map());
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"))) {
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, name = "", body = ""] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
      structs.set(name, body.split("\n").flatMap(fieldsOf));
    for (const [, name = "", type = ""] of text.matchAll(/^type (\w+) =? ?((?:map|\[\]|string|u?int)\S*)$/gm))
      names.set(name, type);
  }
  return { structs, names };
}

/** @param {string} line @returns {Field[]} */
function fieldsOf(line) {
  const bare = line.replace(/\s*\/\/.*$/, "");
  const [, names = "", type = "", tag = ""] =
    /^\t((?:[A-Z]\w*)(?:, [A-Z]\w*)*)\s+([^`\s]+)\s*(?:`(.*)`)?$/.exec(bare) ?? [];
  if (names !== "") return names.split(", ").map((name) => ({ name, type, tag }));
  const [, embedded = "", embeddedTag = ""] = /^\t\*?([A-Z]\w*)\s*(?:`(.*)`)?$/.exec(bare) ?? [];
  return embedded === "" ? [] : [{ name: "", type: embedded, tag: embeddedTag }];
}

/** What the generator knows better than Go's types do: `Type.Field` -> TypeScript. @typedef {Readonly<Record<string, string>>} Overrides */

/**
 * Interfaces for some structs and for all they hold.
 * @param {ReturnType<typeof readGoTypes>} types @param {readonly string[]} roots @param {Overrides} overrides
 */
export function toTypeScript({ structs, names }, roots, overrides) {
  const wanted = new Set(roots);
  const written = [];
  for (const name of wanted) {
    const fields = structs.get(name);
    if (fields === undefined) throw new Error(`Go has no struct ${name}`);
    const lines = fields.flatMap((field) => lineOf(name, field));
    const body = lines.length === 0 ? `type ${name} = object;` : `interface ${name} {\n${lines.join("\n")}\n}`;
    written.push({ name, text: `export ${body}\n` });
  }
  return written.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ text }) => text);

  /** @param {string} owner @param {Field} field @returns {string[]} */
  function lineOf(owner, { name, type, tag }) {
    if (name === "") return CARRIERS.has(type) ? [] : (structs.get(type) ?? []).flatMap((one) => lineOf(type, one));
    const json = /json:"([^",]*)(,[^"]*)?"/.exec(tag);
    if (json?.[1] === "-" || type.startsWith("func(")) return [];
    const key = json?.[1] || name;
    const optional = json?.[2]?.includes("omitempty") ? "?" : "";
    const told = overrides[`${owner}.${name}`] ?? (type.startsWith("*") ? overrides[`${owner}.*`] : undefined);
    const spelled = told === "present" ? spell(type.replace(/^\*/, "")) : (told ?? spell(type));
    return [`  readonly ${key}${optional}: ${spelled};`];
  }

  /** @param {string} type @returns {string} */
  function spell(type) {
    const scalar = SCALARS[type] ?? (/^u?int\d*$/.test(type) ? "number" : undefined);
    if (scalar !== undefined) return scalar;
    if (type.startsWith("*")) return `${spell(type.slice(1))} | null`;
    if (type.startsWith("[]")) return `readonly ${element(type.slice(2))}[] | null`;
    const [, of = ""] = /^map\[[\w.]+\](.*)$/.exec(type) ?? [];
    if (of !== "") return `Readonly<Record<string, ${spell(of.replace(/^\*/, ""))}>> | null`;
    const named = names.get(type);
    if (named !== undefined) return spell(named);
    if (!structs.has(type)) throw new Error(`no TypeScript for Go's ${type}`);
    wanted.add(type);
    return type;
  }

  /** In lists and maps Nomad writes no nulls. @param {string} type */
  function element(type) {
    const spelled = spell(type.replace(/^\*/, ""));
    return spelled.includes(" ") ? `(${spelled})` : spelled;
  }
}
