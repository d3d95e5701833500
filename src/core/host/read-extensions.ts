import type { ConfigFragment } from "../contracts/config-fragment.js";
import { LauncherError } from "../errors/launcher-error.js";
import { nearest } from "../errors/nearest.js";
import type { Site } from "../model/site.js";
import { isObject } from "../model/is-object.js";
import { reasonOf } from "./plugin-report.js";
import { describeOptionsIssues } from "./plugin-options.js";
import type { Shelf } from "./shelf.js";

/** Where the sites are from. */
export interface SitesOrigin {
  readonly file?: string;
  /** Line and column of a value in the file. */
  readonly place?: (path: readonly string[]) => string;
}

/**
 * Reads what stands below `extensions` of every site by the plugins' own schemas.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID` with the place: a key that no plugin knows, or a value that its schema refuses.
 */
export function readExtensions(
  sites: Readonly<Record<string, Site>>,
  fragments: Shelf<ConfigFragment>,
  origin: SitesOrigin,
): Readonly<Record<string, Site>> {
  const read = (name: string, site: Site): Site => {
    if (site.extensions === undefined) return site;
    const values = Object.entries(site.extensions).map(([key, value]) => {
      const path = ["sites", name, "extensions", key];
      return [key, readValue(fragments, key, value, (problem) => invalid(path, problem, origin))] as const;
    });
    return { ...site, extensions: Object.fromEntries(values) };
  };
  return Object.fromEntries(Object.entries(sites).map(([name, site]) => [name, read(name, site)]));
}

function readValue(
  fragments: Shelf<ConfigFragment>,
  key: string,
  value: unknown,
  refuse: (problem: string) => LauncherError,
): unknown {
  const fragment = fragments.get(key);
  if (fragment === undefined) throw refuse(unknownKey(key, fragments.names()));
  const owner = fragments.ownerOf(key) ?? "";
  const result = validated(fragment, value, (reason) => refuse(`the schema of plugin ${owner} failed: ${reason}`));
  if (result instanceof Promise) throw refuse(`the schema of plugin ${owner} does not answer at once, as it must`);
  if (result.issues === undefined) return result.value;
  throw refuse(`plugin ${owner} refuses it: ${describeOptionsIssues(result)}`);
}

function validated({ schema }: ConfigFragment, value: unknown, failed: (reason: string) => LauncherError) {
  try {
    const result: unknown = schema["~standard"].validate(value);
    if (isObject(result)) return result as ReturnType<(typeof schema)["~standard"]["validate"]>;
  } catch (error) {
    throw failed(reasonOf(error));
  }
  throw failed("it says neither what it read nor what is wrong");
}

function unknownKey(key: string, known: readonly string[]): string {
  const like = nearest(key, known);
  if (like !== undefined) return `no plugin knows the extension ${key}; did you mean ${like}?`;
  return `no plugin knows the extension ${key}; known are ${known.join(", ") || "none"}`;
}

function invalid(path: readonly string[], problem: string, { file, place }: SitesOrigin): LauncherError {
  const dotted = path.join(".");
  const at = place?.(path);
  const where = at === undefined || at === dotted ? dotted : `${at} (${dotted})`;
  return new LauncherError("NOMAD_E_CONFIG_INVALID", { file: file ?? "The configuration", place: where, problem });
}
