import type { LoadedSites } from "../../src/core/config/load-sites.js";
import { toSite } from "../../src/core/config/to-site.js";
import { examine } from "../../src/core/doctor/doctor.js";
import type { Finding } from "../../src/core/doctor/finding.js";
import type { Submitter } from "../../src/core/doctor/submitter.js";
import { openLoaded } from "../../src/cli/open-host.js";
import type { SiteInput } from "../../src/core/config/schema.js";
import { silentLogger } from "./silent-logger.js";
import type { Agent } from "./cluster/index.mjs";

/** Everything a site says to get in, without a token. */
export function siteFor(agent: Agent, over: Partial<SiteInput> = {}): SiteInput {
  const { tls } = agent;
  const material = tls && { ca: tls.ca, cert: tls.clientCert, key: tls.clientKey, serverName: tls.serverName };
  return { address: agent.address, driver: "raw_exec", ...(material && { tls: material }), ...over };
}

/** The doctor's findings on a site, by check. */
export async function findingsOn(
  site: SiteInput,
  options: { readonly probe?: boolean; readonly submitter?: Submitter } = {},
): Promise<ReadonlyMap<string, Finding>> {
  const loaded = siteAlone(site);
  await using host = await openLoaded(loaded, silentLogger);
  const origins = new Map(loaded.origins["lab"]?.map(({ path, origin }) => [path, origin]));
  const asked = { tools: host.site(), origins, submitter: options.submitter, probe: options.probe === true };
  const found = new Map<string, Finding>();
  for await (const finding of examine(asked, new AbortController().signal)) found.set(finding.check, finding);
  return found;
}

/** A configuration of this one site, without a file. */
function siteAlone(values: SiteInput): LoadedSites {
  const { site, origins } = toSite("lab", { origin: () => "the test", values }, { origin: () => "", values: {} });
  return {
    sites: { lab: site },
    defaultSite: "lab",
    plugins: [],
    origins: { lab: origins },
    unconfigured: false,
    warnings: [],
  };
}
