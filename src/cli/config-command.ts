import { describeOrigins } from "../core/config/origins.js";
import { loadSites } from "../core/config/load-sites.js";
import { confOf } from "./open-host.js";

/** `metaflow-nomad config show`: every effective value and where it came from; secrets are shown as `(set)`. */
export async function configShowCommand(): Promise<number> {
  const loaded = await loadSites({ conf: confOf(process.env), env: process.env, startDir: process.cwd() });
  process.stdout.write(`config file: ${loaded.file ?? "none"}\ndefault site: ${loaded.defaultSite}\n`);
  const shown = describeOrigins(loaded);
  const width = Math.max(...shown.map(({ path }) => path.length));
  for (const { path, value, origin } of shown) process.stdout.write(`${path.padEnd(width)}  ${value}  (${origin})\n`);
  for (const warning of loaded.warnings) process.stderr.write(`Warning: ${warning}\n`);
  return 0;
}
