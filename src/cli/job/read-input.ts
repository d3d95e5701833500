import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { refuse } from "../../core/errors/refuse.js";

/** A file, or standard input for `-`. @throws LauncherError `NOMAD_E_REQUEST_INVALID` */
export async function readInput(file: string, what: string): Promise<Buffer> {
  if (file === "-") return buffer(process.stdin);
  return readFile(file).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse(what, `${file} cannot be read (${reason})`, "Name a file that is there, or - for standard input.");
  });
}

/** `name=value` pairs of repeated options. @throws LauncherError `NOMAD_E_REQUEST_INVALID` */
export function pairsOf(option: string, given: readonly string[] = []): Record<string, string> {
  const pairs = given.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)] as const;
    throw refuse(option, `"${text}" has no name and value`, `Write it as ${option} name=value.`);
  });
  return Object.fromEntries(pairs);
}

/** A whole number, not below zero. @throws LauncherError `NOMAD_E_REQUEST_INVALID` */
export function numberOf(what: string, text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw refuse(what, `"${text}" is no whole number`, "Write digits only, e.g. 3.");
}
