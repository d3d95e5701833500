import { localAgentWarning } from "../config/local-agent.js";
import type { LoadedSites } from "../config/load-sites.js";
import { type Finding, ok, warn } from "./finding.js";

/** Which file, which site of it, and what is set without doing anything. */
export function checkConfig(loaded: LoadedSites, site: string): readonly Finding[] {
  const which = site === loaded.defaultSite ? `site ${site}, the default one` : `site ${site}`;
  const unused = loaded.warnings.map((warning) => warn("config", plain(warning), cureOf(warning)));
  return [ok("config", `${loaded.file ?? "no config file, the environment"}; ${which}`), ...unused];
}

const plain = (sentence: string) => sentence.replace(/\.$/, "");

function cureOf(warning: string): string {
  if (warning === localAgentWarning) return "To use another cluster, see metaflow-nomad config init.";
  return "Unset it, or set what it belongs to.";
}
