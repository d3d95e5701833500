import { LauncherError } from "../errors/launcher-error.js";
import type { Site } from "../model/site.js";
import { implicitSites } from "./check-config.js";
import type { ImplicitSite } from "./implicit-sites.js";

const address = "http://localhost:4646";

/** The site where nothing is configured: where `nomad agent -dev` listens, as the nomad command assumes, and its datacenter. */
export const localAgent: ImplicitSite = {
  name: implicitSites.localhost,
  layer: { origin: () => "built in", values: { address, defaults: { datacenters: ["dc1"] } } },
};

/** Told with every run that goes there. */
export const localAgentWarning = `No cluster is configured: the agent at ${address} is used.`;

/**
 * A dev agent runs processes (raw_exec) as well as containers; docker needs an image to be pulled first, and mounts no
 * folder of Metaflow's unless it is told to.
 */
export function withProcesses(site: Site): Site {
  return site.name === localAgent.name && site.defaults.image === undefined
    ? { ...site, driverWithoutImage: "raw_exec" }
    : site;
}

/** What a step's own address takes over from a site: nothing that is true of the agent on this machine only. */
export function withoutLocalAgent(site: Site): Site {
  if (site.name !== localAgent.name) return site;
  const { shared: _shared, packageCache: _cache, driverWithoutImage: _driver, defaults, ...rest } = site;
  const { datacenters: _datacenters, ...others } = defaults;
  return { ...rest, defaults: others };
}

/** The error itself, or what it really says where nobody answers at an address that nobody configured. */
export function explainLocalAgent(error: unknown): unknown {
  if (!(error instanceof LauncherError) || error.code !== "NOMAD_E_TRANSPORT_UNREACHABLE") return error;
  if (error.facts["site"] !== localAgent.name) return error;
  return new LauncherError("NOMAD_E_CONFIG_NOT_FOUND", { address }, { cause: error });
}

/**
 * Lets an agent of this machine that stands in no site file see the folder of Metaflow's local datastore, which it does
 * see: a dev agent then needs no configuration.
 */
export function withLocalFolder(site: Site, folder: string): Site {
  const implicit = Object.hasOwn(implicitSites, site.name);
  if (!implicit || site.shared !== undefined || !isLoopback(site.address)) return site;
  return { ...site, shared: { path: folder } };
}

function isLoopback(where: string): boolean {
  const { hostname, protocol } = new URL(where);
  return protocol !== "unix:" && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
