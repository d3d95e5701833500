import { resolve } from "node:path";
import { LauncherError } from "../errors/launcher-error.js";
import { implicitSites } from "./check-config.js";
import { siteSchema } from "./schema.js";
import type { Layer, PartialSite } from "./layers.js";

/** Settings by name, as they stand in an environment or in Metaflow's config file. */
export type Settings = Readonly<Record<string, unknown>>;

/** A site that stands in the environment. */
export interface ImplicitSite {
  readonly name: string;
  readonly layer: Layer;
}

interface Names {
  readonly site: string;
  readonly prefix: string;
  readonly address: string;
  /** Path inside a site -> setting that holds it. */
  readonly values: Readonly<Record<string, string>>;
}

const metaflow: Names = {
  site: implicitSites.metaflow,
  prefix: "METAFLOW_NOMAD_",
  address: "ADDRESS",
  values: {
    region: "REGION",
    "auth.token": "TOKEN",
    "tls.cert": "CLIENT_CERT",
    "tls.key": "CLIENT_KEY",
    "tls.ca": "CACERT",
  },
};

const nomad: Names = {
  site: implicitSites.nomad,
  prefix: "NOMAD_",
  address: "ADDR",
  values: {
    region: "REGION",
    "auth.token": "TOKEN",
    "tls.ca": "CACERT",
    "tls.cert": "CLIENT_CERT",
    "tls.key": "CLIENT_KEY",
    "tls.serverName": "TLS_SERVER_NAME",
    "defaults.namespace": "NAMESPACE",
  },
};

/** The site of METAFLOW_NOMAD_ADDRESS and its companions. @param conf - Settings without that prefix. */
export function metaflowSite(conf: Settings, cwd: string): ImplicitSite | undefined {
  return implicitSite(metaflow, conf, cwd);
}

/** The site of NOMAD_ADDR and its companions, the nomad command's own variables. */
export function nomadSite(env: Settings, cwd: string): ImplicitSite | undefined {
  const own = Object.entries(env).filter(([name]) => name.startsWith(nomad.prefix));
  return implicitSite(
    nomad,
    Object.fromEntries(own.map(([name, value]) => [name.slice(nomad.prefix.length), value])),
    cwd,
  );
}

/** Companions of METAFLOW_NOMAD_ADDRESS that are set without it, and so do nothing. */
export function idleCompanions(conf: Settings): readonly string[] {
  if (word(conf[metaflow.address]) !== undefined) return [];
  return Object.values(metaflow.values)
    .filter((key) => word(conf[key]) !== undefined)
    .map((key) => `${metaflow.prefix}${key}`);
}

function implicitSite(names: Names, settings: Settings, cwd: string): ImplicitSite | undefined {
  const address = word(settings[names.address]);
  if (address === undefined) return undefined;
  const values: PartialSite = { address, ...group(names, settings, cwd) };
  const layer: Layer = {
    origin: (path) => `${names.prefix}${path[0] === "address" ? names.address : (names.values[path.join(".")] ?? "")}`,
    values,
  };
  check(values, layer, names);
  return { name: names.site, layer };
}

function group(names: Names, settings: Settings, cwd: string): PartialSite {
  const site: Record<string, string | Record<string, string>> = {};
  for (const [path, key] of Object.entries(names.values)) {
    const value = word(settings[key]);
    const [outer = "", inner] = path.split(".");
    if (value === undefined) continue;
    const file = outer === "tls" && inner !== "serverName";
    if (inner === undefined) site[outer] = value;
    else site[outer] = { ...inside(site[outer]), [inner]: file ? resolve(cwd, value) : value };
  }
  return site;
}

function inside(value: string | Record<string, string> | undefined): Record<string, string> {
  return typeof value === "object" ? value : {};
}

function check(values: PartialSite, layer: Layer, names: Names): void {
  const issue = siteSchema.safeParse(values).error?.issues[0];
  if (issue === undefined) return;
  const place = layer.origin(issue.path.map(String));
  const file = `the environment or Metaflow's configuration`;
  throw new LauncherError("NOMAD_E_CONFIG_INVALID", {
    file,
    place: place === names.prefix ? `${names.prefix}*` : place,
    problem: issue.message,
  });
}

/** A setting's text; undefined when it is absent or empty. */
export function word(value: unknown): string | undefined {
  const text = typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
  return text === "" ? undefined : text;
}
