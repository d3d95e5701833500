import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { LauncherError } from "../errors/launcher-error.js";
import { isObject } from "../model/is-object.js";
import { nearest } from "../errors/nearest.js";
import { type ConfigFile, textFile, type ValuePath } from "./config-file.js";

type Fields = Readonly<Record<string, unknown>>;

/** What leads to a cluster: with an address of its own, a site takes none of it from another. */
const connection = ["address", "fallbackAddresses", "proxy", "region", "tls", "auth", "credentials"];

/**
 * The file with what it extends: another file (`extends: ../base.yaml`), whose sites of the same name lie below its own and whose plugins come
 * first; and sites that extend another site (`extends: prod`). Paths of a file start at that file.
 * @throws LauncherError `NOMAD_E_CONFIG_*`
 */
export async function withExtends(config: ConfigFile, seen: readonly string[] = []): Promise<ConfigFile> {
  const base = await baseOf(config, seen);
  return extendSites(base === undefined ? config : overFile(config, base));
}

async function baseOf(config: ConfigFile, seen: readonly string[]): Promise<ConfigFile | undefined> {
  const wanted = fieldsOf(config.value)["extends"];
  if (wanted === undefined) return undefined;
  if (typeof wanted !== "string") throw invalid(config, ["extends"], "it is not the path of a file");
  const file = resolve(dirname(config.file), wanted);
  if (file === config.file || seen.includes(file))
    throw invalid(config, ["extends"], `${file} extends itself in the end`);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw invalid(config, ["extends"], `${file} cannot be read (${String(error)})`);
  });
  const found = await withExtends(textFile(file, text), [...seen, config.file]);
  return { ...found, value: withOwnPaths(fieldsOf(found.value), dirname(file)) };
}

/** One file over another: plugins of both, sites by name, everything else the upper one's. */
function overFile(config: ConfigFile, base: ConfigFile): ConfigFile {
  const { extends: _base, ...own } = fieldsOf(config.value);
  const below = fieldsOf(base.value);
  const sites = { ...fieldsOf(below["sites"]) };
  for (const [name, site] of Object.entries(fieldsOf(own["sites"]))) sites[name] = overSite(site, sites[name]);
  const plugins = [below["plugins"], own["plugins"]].flatMap((list) =>
    Array.isArray(list) ? (list as unknown[]) : [],
  );
  const value = { ...below, ...own, sites, ...(plugins.length > 0 && { plugins }) };
  const place = (path: ValuePath) =>
    has(config.value, path)
      ? config.place(path)
      : `${config.place(["extends"])}, from ${base.file}:${base.place(path)}`;
  return { file: config.file, value, place };
}

function extendSites(config: ConfigFile): ConfigFile {
  const written = fieldsOf(fieldsOf(config.value)["sites"]);
  const extended = (name: string, path: readonly string[]): unknown => {
    const site = written[name];
    const from = fieldsOf(site)["extends"];
    if (from === undefined) return site;
    const at = ["sites", name, "extends"];
    if (typeof from !== "string" || !Object.hasOwn(written, from))
      throw invalid(config, at, unknownSite(from, Object.keys(written)));
    if (path.includes(from)) throw invalid(config, at, `the sites extend each other: ${[...path, from].join(" -> ")}`);
    const { extends: _from, ...own } = fieldsOf(site);
    return overSite(own, extended(from, [...path, from]));
  };
  if (!Object.values(written).some((site) => "extends" in fieldsOf(site))) return config;
  const sites = Object.fromEntries(Object.keys(written).map((name) => [name, extended(name, [name])]));
  return {
    file: config.file,
    value: { ...fieldsOf(config.value), sites },
    place: (path) => config.place(sourceOf(written, path)),
  };
}

/** Where a value of a site is really written: in the site, or in the one it extends. */
function sourceOf(written: Fields, path: ValuePath): ValuePath {
  const [first, name, ...rest] = path;
  const site = fieldsOf(written[String(name)]);
  const from = site["extends"];
  if (first !== "sites" || rest.length === 0 || has(site, rest) || typeof from !== "string") return path;
  return sourceOf(written, ["sites", from, ...rest]);
}

/** A site over another: single values, and those of `defaults`, `drivers`… one by one. */
function overSite(upper: unknown, lower: unknown): unknown {
  const [own, below] = [fieldsOf(upper), fieldsOf(lower)];
  const kept =
    "address" in own ? Object.entries(below).filter(([key]) => !connection.includes(key)) : Object.entries(below);
  const merged: Record<string, unknown> = { ...Object.fromEntries(kept), ...own };
  for (const key of ["defaults", "drivers", "gpu", "extensions"])
    if (isObject(own[key]) && isObject(below[key])) merged[key] = { ...below[key], ...own[key] };
  return merged;
}

/** A file's relative paths made absolute, for they are to be read from another file. */
function withOwnPaths(value: Fields, folder: string): Fields {
  const from = (path: unknown) => (typeof path === "string" && !isAbsolute(path) ? resolve(folder, path) : path);
  const paths = (group: unknown, keys: readonly string[]) =>
    isObject(group)
      ? Object.fromEntries(Object.entries(group).map(([key, one]) => [key, keys.includes(key) ? from(one) : one]))
      : group;
  const module = (use: unknown) => (typeof use === "string" && use.startsWith(".") ? from(use) : use);
  const plugins = (Array.isArray(value["plugins"]) ? (value["plugins"] as unknown[]) : []).map((one) =>
    isObject(one) ? { ...one, use: module(one["use"]) } : module(one),
  );
  const sites = Object.entries(fieldsOf(value["sites"])).map(([name, site]) => {
    const { tls, auth } = fieldsOf(site);
    const ownTls = tls === undefined ? {} : { tls: paths(tls, ["ca", "cert", "key", "keyPassphraseFile"]) };
    return [
      name,
      { ...fieldsOf(site), ...ownTls, ...(auth === undefined ? {} : { auth: paths(auth, ["tokenFile"]) }) },
    ] as const;
  });
  return { ...value, ...(plugins.length > 0 && { plugins }), sites: Object.fromEntries(sites) };
}

function unknownSite(from: unknown, known: readonly string[]): string {
  const like = nearest(String(from), known);
  return `there is no site ${String(from)}; ${like === undefined ? `known sites: ${known.join(", ")}` : `did you mean ${like}?`}`;
}

function invalid(config: ConfigFile, path: ValuePath, problem: string): LauncherError {
  const place = `${config.place(path)} (${path.join(".")})`;
  return new LauncherError("NOMAD_E_CONFIG_INVALID", { file: config.file, place, problem });
}

const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

function has(value: unknown, path: ValuePath): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return true;
  return (
    typeof value === "object" && value !== null && Object.hasOwn(value, step) && has(Reflect.get(value, step), rest)
  );
}
