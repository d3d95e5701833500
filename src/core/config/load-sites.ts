import { LauncherError } from "../errors/launcher-error.js";
import type { JsonObject } from "../model/json.js";
import type { Site } from "../model/site.js";
import { checkConfig } from "./check-config.js";
import type { ConfigFile } from "./config-file.js";
import { withExtends } from "./extends.js";
import { findConfig } from "./find-config.js";
import { type ImplicitSite, type Settings, idleCompanions, metaflowSite, nomadSite, word } from "./implicit-sites.js";
import type { Layer, Origin } from "./layers.js";
import { localAgent, localAgentWarning, withProcesses } from "./local-agent.js";
import type { ConfigInput } from "./schema.js";
import { resolveReferences } from "./references.js";
import { openSecrets } from "./open-secrets.js";
import { taskSettings } from "./task-settings.js";
import { type TracedSite, toSite, withAbsolutePaths } from "./to-site.js";

/** Where configuration comes from. */
export interface LoadOptions {
  /** METAFLOW_NOMAD_* settings without that prefix, from Metaflow's `from_conf` or the environment. */
  readonly conf: Settings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the flow, from which a config file is searched upward. */
  readonly startDir: string;
  /** Folder at which relative paths in the environment start. Default: the process's own. */
  readonly cwd?: string;
}

/** A plugin as the config file lists it. */
export interface PluginEntry {
  /** Package, or path of a module. */
  readonly use: string;
  readonly options?: JsonObject;
  /** Whether nothing runs without it. */
  readonly required: boolean;
  /** How long it may keep the launcher busy at a stretch, in seconds. Default: 30. */
  readonly patienceSeconds?: number;
  /** File, line and column where it is listed. */
  readonly place?: string;
}

/** Every site that is configured. */
export interface LoadedSites {
  readonly sites: Readonly<Record<string, Site>>;
  /** Site of a request that names none. */
  readonly defaultSite: string;
  /** Plugins the config file lists. */
  readonly plugins: readonly PluginEntry[];
  /** The config file, when there is one. */
  readonly file?: string;
  /** Line and column of a value in that file. */
  readonly place?: (path: readonly string[]) => string;
  /** Where each site's values came from; secrets are in it (`describeOrigins` masks them). */
  readonly origins: Readonly<Record<string, readonly Origin[]>>;
  /** What is set and does nothing, and secrets that everybody may read. */
  readonly warnings: readonly string[];
  /** Whether nothing is configured: the one site is the agent on this machine. */
  readonly unconfigured: boolean;
}

/**
 * Reads the configuration. A step's `site=` names one of `sites`; otherwise METAFLOW_NOMAD_ADDRESS or METAFLOW_NOMAD_SITE
 * goes before the config file's `defaultSite`, and NOMAD_ADDR comes last; where there is none of them, the agent on this
 * machine. Address, token, TLS and region never come from two places.
 * @throws LauncherError `NOMAD_E_CONFIG_*`
 */
export async function loadSites(options: LoadOptions): Promise<LoadedSites> {
  const config = await readConfig(options);
  const content = config === undefined ? undefined : checkConfig(config);
  const cwd = options.cwd ?? process.cwd();
  const [first, last] = [metaflowSite(options.conf, cwd), nomadSite(options.env, cwd)];
  const above = taskSettings(options.conf);
  const own =
    config === undefined || content === undefined
      ? []
      : Object.entries(content.sites).map(([name, site]) => fileSite(config, name, site));
  const configured = [first, ...own, last].filter((site) => site !== undefined);
  const unconfigured = configured.length === 0;
  const all = unconfigured ? [localAgent] : configured;
  const traced = all.map(({ name, layer }) => [name, toSite(name, layer, above)] as const);
  const found = split(traced);
  const holdsToken = Object.values(content?.sites ?? {}).some((site) => site.auth?.token !== undefined);
  const open = await openSecrets(Object.values(found.sites), config && { file: config.file, holdsToken });
  return {
    ...found,
    defaultSite: chooseDefault({
      first,
      own,
      last,
      config,
      named: content?.defaultSite,
      asked: word(options.conf["SITE"]),
    }),
    plugins:
      config === undefined ? [] : (content?.plugins ?? []).map((entry, index) => pluginEntry(entry, config, index)),
    ...(config === undefined ? {} : { file: config.file, place: (path) => config.place(path) }),
    unconfigured,
    warnings: [
      ...idleCompanions(options.conf).map(
        (name) => `${name} is set and does nothing: METAFLOW_NOMAD_ADDRESS is not set.`,
      ),
      ...(unconfigured ? [localAgentWarning] : []),
      ...open,
    ],
  };
}

/** The config file, with what it extends and refers to. */
async function readConfig(options: LoadOptions): Promise<ConfigFile | undefined> {
  const found = await findConfig({ ...options, named: word(options.conf["CONFIG"]) });
  return found === undefined ? undefined : resolveReferences(await withExtends(found), options.env);
}

/** The site a request names, or the default one. @throws LauncherError `NOMAD_E_CONFIG_UNKNOWN_SITE` */
export function pickSite(loaded: LoadedSites, name: string = loaded.defaultSite): Site {
  const site = Object.hasOwn(loaded.sites, name) ? loaded.sites[name] : undefined;
  if (site !== undefined) return site;
  const known = Object.keys(loaded.sites).join(", ");
  throw new LauncherError("NOMAD_E_CONFIG_UNKNOWN_SITE", { site: name, known, file: loaded.file ?? "the environment" });
}

function pluginEntry(
  entry: NonNullable<ConfigInput["plugins"]>[number],
  config: ConfigFile,
  index: number,
): PluginEntry {
  const place = `${config.file}:${config.place(["plugins", index])}`;
  if (typeof entry === "string") return { use: entry, required: true, place };
  const { use, options, required = true, patienceSeconds } = entry;
  const limit = patienceSeconds === undefined ? {} : { patienceSeconds };
  return { use, required, place, ...limit, ...(options !== undefined && { options }) };
}

function fileSite(config: ConfigFile, name: string, site: Parameters<typeof withAbsolutePaths>[0]): ImplicitSite {
  const layer: Layer = {
    origin: (path) => `${config.file}:${config.place(["sites", name, ...path])}`,
    values: withAbsolutePaths(site, config.file),
  };
  return { name, layer };
}

function split(traced: readonly (readonly [string, TracedSite])[]): Pick<LoadedSites, "sites" | "origins"> {
  return {
    sites: Object.fromEntries(traced.map(([name, { site }]) => [name, withProcesses(site)])),
    origins: Object.fromEntries(traced.map(([name, { origins }]) => [name, origins])),
  };
}

interface Candidates {
  readonly first: ImplicitSite | undefined;
  readonly own: readonly ImplicitSite[];
  readonly last: ImplicitSite | undefined;
  readonly config: ConfigFile | undefined;
  /** The file's `defaultSite`. */
  readonly named: string | undefined;
  /** METAFLOW_NOMAD_SITE. */
  readonly asked: string | undefined;
}

function chooseDefault({ first, own, last, config, named, asked }: Candidates): string {
  if (asked !== undefined) return checkAsked(asked, first, own, config);
  const chosen = first?.name ?? named ?? (own.length === 1 ? own[0]?.name : undefined);
  if (chosen !== undefined) return chosen;
  if (own.length > 1 && config !== undefined) {
    const names = own.map(({ name }) => name).join(", ");
    const problem = `there are several sites (${names}) and no defaultSite`;
    throw new LauncherError("NOMAD_E_CONFIG_INVALID", { file: config.file, place: config.place(["sites"]), problem });
  }
  return (last ?? localAgent).name;
}

/** METAFLOW_NOMAD_SITE names one of the file's sites. */
function checkAsked(
  asked: string,
  first: ImplicitSite | undefined,
  own: Candidates["own"],
  config?: ConfigFile,
): string {
  const names = own.map(({ name }) => name);
  if (first !== undefined) {
    const problem = "METAFLOW_NOMAD_ADDRESS names a cluster too; keep one of the two";
    const file = "The environment or Metaflow's configuration";
    throw new LauncherError("NOMAD_E_CONFIG_INVALID", { file, place: "METAFLOW_NOMAD_SITE", problem });
  }
  if (names.includes(asked)) return asked;
  const file = config?.file ?? "a config file (METAFLOW_NOMAD_SITE is set)";
  throw new LauncherError("NOMAD_E_CONFIG_UNKNOWN_SITE", { site: asked, known: names.join(", ") || "none", file });
}
