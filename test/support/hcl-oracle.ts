/**
 * What Nomad's client makes of a string of a driver's `Config`: an HCL template (hcl/v2, hclsyntax/scan_tokens.rl and
 * parser_template.go). Written anew from there, and knows nothing of what is to be tested.
 *
 * @returns the text the task receives.
 * @throws Error where the template has a part that is no literal, or that two versions of HCL read differently.
 */
export function readTemplate(source: string): string {
  if (source.startsWith("\uFEFF")) throw new Error("a byte order mark at the start, which is dropped");
  let text = "";
  for (let at = 0; at < source.length;) {
    const [one, two, three] = [source.charAt(at), source.charAt(at + 1), source.charAt(at + 2)];
    const sign = one === "$" || one === "%";
    if (/^[$%]{3,}\{/.test(source.slice(at, at + 200))) throw new Error(`a run of signs at ${at}: ${source}`);
    if (sign && two === one && three === "{") {
      text += `${one}{`;
      at += 3;
    } else if (one === "%" && two === "{") throw new Error(`a directive at ${at}: ${source}`);
    else if (one === "$" && two === "{") {
      if (source[at - 1] === "\r") throw new Error(`a carriage return before a template at ${at}: ${source}`);
      const [literal, length] = quoted(source, at + 2);
      if (source[at + 2 + length] !== "}") throw new Error(`an expression at ${at}: ${source}`);
      text += literal;
      at += length + 3;
    } else {
      text += one;
      at += 1;
    }
  }
  if (text.normalize("NFC") !== text) throw new Error(`HCL would compose ${JSON.stringify(source)}`);
  return text;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/** A string literal of HCL, and how long it is in the source. */
function quoted(source: string, from: number): readonly [text: string, length: number] {
  if (source[from] !== '"') throw new Error(`no string at ${from}: ${source}`);
  let text = "";
  for (let at = from + 1; at < source.length;) {
    const one = source[at] ?? "";
    if (one === '"') return [text, at + 1 - from];
    if (one === "\n" || ((one === "$" || one === "%") && source[at + 1] === "{")) break;
    if (one !== "\\") {
      text += one;
      at += 1;
      continue;
    }
    const unicode = /^u([0-9a-fA-F]{4})/.exec(source.slice(at + 1, at + 6))?.[1];
    const simple = escapes[source[at + 1] ?? ""];
    if (unicode === undefined && simple === undefined) break;
    text += unicode === undefined ? (simple ?? "") : String.fromCharCode(parseInt(unicode, 16));
    at += unicode === undefined ? 2 : 6;
  }
  throw new Error(`a string that is none at ${from}: ${source}`);
}

/** Names Nomad might know and fill in, in `Env` (helper/args/args.go). */
const filledIn = /\$\{[a-zA-Z0-9_\-.]+\}/;

/** What a process finds in its environment: of `Env`, and of a file that a template writes (hashicorp/go-envparse). */
export function readEnvironment(
  env: Readonly<Record<string, string>>,
  template: { readonly EmbeddedTmpl?: string; readonly LeftDelim?: string } | undefined,
): Record<string, string> {
  const changed = Object.entries(env).find(([, value]) => filledIn.test(value));
  if (changed !== undefined) throw new Error(`Nomad would fill in ${changed.join("=")}`);
  const text = template?.EmbeddedTmpl ?? "";
  if (text.includes(template?.LeftDelim ?? "{{")) throw new Error(`an action in ${text}`);
  const lines = text.split("\n").filter((line) => line !== "");
  const written = lines.map((line) => {
    const [, name = "", value = ""] = /^([A-Za-z_][A-Za-z0-9_.]*)=("(?:[^"\\]|\\.)*")$/.exec(line) ?? [];
    if (name === "") throw new Error(`no line of an environment: ${line}`);
    return [name, JSON.parse(value) as string] as const;
  });
  return { ...env, ...Object.fromEntries(written) };
}
