import { LauncherError } from "../errors/launcher-error.js";
import type { ConfigFile, ValuePath } from "./config-file.js";
import { describeIssues } from "./describe-issues.js";
import { nearest } from "../errors/nearest.js";
import { type ConfigInput, configSchema } from "./schema.js";

/** Names of the sites that stand in no file, and whose they are. */
export const implicitSites = { metaflow: "metaflow", nomad: "nomad", localhost: "localhost" } as const;

const owners: Readonly<Record<string, string>> = {
  metaflow: "the site that METAFLOW_NOMAD_ADDRESS sets",
  nomad: "the site that NOMAD_ADDR sets",
  localhost: "the agent on this machine, which is used where nothing is configured",
};

/**
 * Checks a config file against the schema.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID`, with the first problem's place and what would be right.
 */
export function checkConfig(config: ConfigFile): ConfigInput {
  const parsed = configSchema.safeParse(config.value);
  if (!parsed.success) throw invalid(config, ...describeIssues(parsed.error.issues, configSchema));
  const taken = Object.keys(parsed.data.sites).find((name) => Object.hasOwn(implicitSites, name));
  if (taken !== undefined) {
    const problem = `the name ${taken} belongs to ${owners[taken] ?? ""}; choose another`;
    throw invalid(config, ["sites", taken], problem);
  }
  checkDefaultSite(config, parsed.data);
  return parsed.data;
}

function checkDefaultSite(config: ConfigFile, { defaultSite, sites }: ConfigInput): void {
  const known = Object.keys(sites);
  if (defaultSite === undefined || known.includes(defaultSite)) return;
  const like = nearest(defaultSite, known);
  const cure = like === undefined ? `known sites: ${known.join(", ")}` : `did you mean ${like}?`;
  throw invalid(config, ["defaultSite"], `there is no site ${defaultSite}; ${cure}`);
}

function invalid(config: ConfigFile, path: ValuePath, problem: string): LauncherError {
  const at = config.place(path);
  const dotted = path.join(".");
  const place = dotted === "" || at === dotted ? at : `${at} (${dotted})`;
  return new LauncherError("NOMAD_E_CONFIG_INVALID", { file: config.file, place, problem });
}
