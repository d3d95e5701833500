/** The table of keys in docs/configuration.md, from the JSON schema of the config file. */
import { SetupError } from "./errors.mjs";

/**
 * @typedef {{ type?: string, description?: string, properties?: Record<string, Schema>, required?: string[],
 *   additionalProperties?: Schema | boolean, items?: Schema, anyOf?: Schema[], minimum?: number, maximum?: number }} Schema
 */

const BEGIN = "<!-- keys: written by `npm run docs` from src/core/config/schema.ts -->\n";
const END = "<!-- end of keys -->\n";

/** The page with its table written anew. @param {string} page @param {Schema} schema */
export function configurationPage(page, schema) {
  const [before, rest] = page.split(BEGIN);
  const [, after] = (rest ?? "").split(END);
  if (after === undefined) throw new SetupError("docs/configuration.md has lost the marks around its table of keys.");
  const sites = /** @type {Schema} */ (schema.properties?.sites?.additionalProperties);
  const { $schema: _editor, sites: _sites, ...own } = schema.properties ?? {};
  const file = table(rows({ properties: own, required: schema.required ?? [] }, ""));
  const text = `\n### Of the file\n\n${file}\n### Of a site, below \`sites.<name>\`\n\n${table(rows(sites, ""))}\n`;
  return `${before}${BEGIN}${text}${END}${after}`;
}

/** @param {string[][]} found */
function table(found) {
  const lines = found.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`);
  return `| key | type | default | meaning |\n|---|---|---|---|\n${lines.join("")}`;
}

/** One row per key; a group of keys has none of its own. @param {Schema} schema @param {string} prefix @returns {string[][]} */
function rows({ properties = {}, required = [] }, prefix) {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const key = `${prefix}${name}`;
    if (schema.properties) return rows(schema, `${key}.`);
    const [meaning, standard] = parts(key, schema);
    const needed = prefix === "" && (required.includes(name) || name === "address") ? "(must be set)" : "none";
    return [[`\`${key}\``, typeOf(schema), standard ?? needed, meaning]];
  });
}

/** A description says what the key means, and last what holds without it. @param {string} key @param {Schema} schema */
function parts(key, { description }) {
  if (!description) throw new SetupError(`The key ${key} of src/core/config/schema.ts has no description.`);
  const [meaning = "", standard] = description.split(/\s*\bDefault: /);
  return [meaning.replace(/\.$/, ""), standard?.replace(/\.$/, "")];
}

/** @param {Schema} schema @returns {string} */
function typeOf({ type, items, anyOf, minimum, maximum, additionalProperties }) {
  if (type === "array") return `list of ${items?.anyOf ? items.anyOf.map(typeOf).join(" or ") : typeOf(items ?? {})}`;
  if (anyOf) return anyOf.map(typeOf).join(" or ");
  if (type === "integer") return `whole number${rangeOf(minimum, maximum)}`;
  if (type === "object") return additionalProperties === false ? "object" : "map";
  return type === "string" ? "text" : (type ?? "any");
}

/** @param {number | undefined} least @param {number | undefined} most */
function rangeOf(least, most) {
  if (most !== undefined && most < Number.MAX_SAFE_INTEGER) return `, ${least} to ${most}`;
  return least === undefined ? "" : `, at least ${least}`;
}
