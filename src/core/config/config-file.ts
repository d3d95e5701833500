import { LineCounter, type Node, type ParsedNode, isMap, isNode, isScalar, isSeq, parseDocument } from "yaml";
import { LauncherError } from "../errors/launcher-error.js";

/** Path of a value inside a config file. */
export type ValuePath = readonly (string | number)[];

/** A config file that was read; `place` says where in it a value stands. */
export interface ConfigFile {
  readonly file: string;
  readonly value: unknown;
  /** `line:column`, or the dotted path where the file is code. */
  place(path: ValuePath): string;
}

/** A config file that is code (JavaScript): it has no lines to point at. */
export function codeFile(file: string, value: unknown): ConfigFile {
  return { file, value, place: (path) => path.join(".") || "its export" };
}

/**
 * Parses YAML or JSON (which is YAML) and remembers where everything stands.
 * @param base - Path at which the configuration begins (`package.json` has it under a key).
 * @throws LauncherError `NOMAD_E_CONFIG_UNREADABLE`, with line and column.
 */
export function textFile(file: string, text: string, base: ValuePath = []): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const error = document.errors[0];
  if (error !== undefined) {
    const at = error.linePos?.[0];
    const place = at === undefined ? "its beginning" : `${at.line}:${at.col}`;
    const reason = `${place}: ${error.message.split(/ at line |\n/)[0] ?? error.message}`;
    throw new LauncherError("NOMAD_E_CONFIG_UNREADABLE", { file, place, reason }, { cause: error });
  }
  const value: unknown = base.length === 0 ? document.toJS() : document.getIn(base);
  return {
    file,
    value: isNode(value) ? value.toJS(document) : value,
    place: (path) => placeOf(document.contents, [...base, ...path], lines),
  };
}

function placeOf(root: ParsedNode | null, path: ValuePath, lines: LineCounter): string {
  const offset = offsetOf(root, path);
  const at = lines.linePos(offset);
  return `${Math.max(1, at.line)}:${Math.max(1, at.col)}`;
}

/** Offset of the key (in a list: the item) that a path leads to, or of the nearest one above it. */
function offsetOf(root: Node | null, path: ValuePath): number {
  let node: Node | null = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    const found = stepInto(node, step);
    if (found === undefined) break;
    offset = found.at.range?.[0] ?? offset;
    node = found.node;
  }
  return offset;
}

function stepInto(node: Node | null, step: string | number): { at: Node; node: Node | null } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return isNode(item) ? { at: item, node: item } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair !== undefined && isNode(pair.key)
    ? { at: pair.key, node: isNode(pair.value) ? pair.value : null }
    : undefined;
}
