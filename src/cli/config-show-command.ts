import type { LoadedSites } from "../core/config/load-sites.js";
import { pickSite } from "../core/config/load-sites.js";
import { describeOrigins, type ShownValue } from "../core/config/origins.js";
import { say, warn } from "./say.js";
import { type Caller, takeCaller } from "./caller.js";
import { loadHere } from "./open-host.js";

/** `metaflow-nomad config show`: every effective value and where it came from; secrets are shown as `(set)`. */
export async function configShowCommand(options: { readonly site?: string; readonly json?: boolean }): Promise<number> {
  const { metaflow } = takeCaller(process.env);
  const loaded = await loadHere();
  const values = valuesOf(loaded, options.site).map((value) => withMetaflow(value, metaflow));
  say(options.json === true ? asJson(loaded, values) : asText(loaded, values));
  for (const warning of loaded.warnings) warn(`Warning: ${warning}\n`);
  return 0;
}

function valuesOf(loaded: LoadedSites, site: string | undefined): readonly ShownValue[] {
  if (site === undefined) return describeOrigins(loaded);
  pickSite(loaded, site);
  return describeOrigins({ ...loaded, origins: { [site]: loaded.origins[site] ?? [] } });
}

/** The wheel's command hands on what stands in Metaflow's own configuration as if it were in the environment. */
function withMetaflow(value: ShownValue, metaflow: Caller["metaflow"]): ShownValue {
  const name = value.origin.replace(/^METAFLOW_NOMAD_/, "");
  if (metaflow === undefined || name === value.origin || !metaflow.names.includes(name)) return value;
  return { ...value, origin: `${value.origin} in ${metaflow.file}` };
}

function asText({ file, defaultSite, plugins }: LoadedSites, values: readonly ShownValue[]): string {
  const width = Math.max(...values.map(({ path }) => path.length));
  const lines = values.map(({ path, value, origin }) => `${path.padEnd(width)}  ${value}  (${origin})`);
  const head = [
    `config file: ${file ?? "none"}`,
    `default site: ${defaultSite}`,
    `plugins: ${plugins.length === 0 ? "none beside those that come along" : plugins.map(({ use }) => use).join(", ")}`,
  ];
  return [...head, ...lines, ""].join("\n");
}

function asJson({ file, defaultSite, plugins, warnings }: LoadedSites, values: readonly ShownValue[]): string {
  const parsed = values.map(({ path, value, origin }) => ({ path, value: JSON.parse(value) as unknown, origin }));
  return `${JSON.stringify({ file: file ?? null, defaultSite, plugins: plugins.map(({ use }) => use), warnings, values: parsed })}\n`;
}
