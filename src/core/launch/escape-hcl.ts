import { checkText, refuse } from "../errors/refuse.js";
import type { JsonValue } from "../model/json.js";

/**
 * Nomad's client reads every string of a task's driver `Config` as an HCL template
 * (helper/pluginutils/hclutils/util.go, `ParseHclInterface`). These functions make a literal survive that.
 *
 * What was found in hcl/v2 2.20.2 and 2.9.2 and on Nomad 1.11.0 and 1.7.7 (docs/decisions/0004-literal-strings.md):
 * - `${` and `%{` open a template; doubling the first character escapes it, but only where no other `$` or `%` stands
 *   before it (`$$${` is not `$${`);
 * - a carriage return directly before `${` hides an interpolation, so a string may not be patched piece by piece;
 * - a byte order mark at the start is dropped;
 * - every string is brought into Unicode's composed form (NFC), with no way around it.
 */
const opensTemplate = /^\uFEFF|[$%]\{/;
const beyondDoubling = /^\uFEFF|[$%]{2}\{/;
const unquotable = /[\\"$%\u0000-\u001f\u007f-\u009f\uFEFF\u2028\u2029]/g;

/**
 * Returns what to write so that the task receives `text` unchanged.
 * @param field - Name of the value, for the message.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` for NUL, lone surrogates, and text that is not in NFC.
 */
export function escapeHcl(text: string, field = "driver_config"): string {
  checkText(field, text);
  if (text.normalize("NFC") !== text) {
    throw refuse(
      field,
      "Nomad would change its Unicode (it composes accents: NFC)",
      "Write it in composed form (NFC).",
    );
  }
  if (!opensTemplate.test(text)) return text;
  if (!beyondDoubling.test(text)) return text.replace(/[$%](?=\{)/g, "$&$&");
  // One interpolation of one quoted string: whatever stands in it cannot meet a neighbour.
  return `\${"${text.replace(unquotable, quoteCharacter)}"}`;
}

/** Applies `escapeHcl` to every string of a value, object keys included (Nomad reads those as templates, too). */
export function escapeHclDeep(value: JsonValue, field = "driver_config"): JsonValue {
  if (typeof value === "string") return escapeHcl(value, field);
  if (Array.isArray(value)) return value.map((item: JsonValue, index) => escapeHclDeep(item, `${field}[${index}]`));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [escapeHcl(key, field), escapeHclDeep(item, `${field}.${key}`)]),
  );
}

function quoteCharacter(character: string): string {
  if (character === "\\" || character === '"') return `\\${character}`;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
