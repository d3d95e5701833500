import type { NomadTransport } from "../contracts/transport.js";
import { isDriverThere, readDatacenters } from "../survey/dry-run.js";
import { type NodeFacts, readNodes } from "../survey/read-nodes.js";

/** What a cluster has to offer, as far as the token may see it. */
export interface ClusterOffer {
  readonly regions: readonly string[];
  readonly datacenters: readonly string[];
  /** Node pools with ready nodes; undefined where the token may not list nodes. */
  readonly pools: readonly string[] | undefined;
  /** Drivers that are healthy somewhere. */
  readonly drivers: readonly string[];
  /** Host volumes that may be written to: name -> path on the nodes. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly devices: readonly string[];
}

/** In the order in which a new site would rather have them. */
export const preferredDrivers = ["docker", "exec", "raw_exec"] as const;

/** Where to look. */
export interface OfferPlace {
  readonly namespace: string;
  readonly region: string | undefined;
}

/** Asks a cluster what it has; nothing is left behind there. Under a token that may not list nodes, the scheduler is asked. */
export async function readOffer(
  transport: NomadTransport,
  place: OfferPlace,
  signal: AbortSignal,
): Promise<ClusterOffer> {
  const { body } = await transport.request({ method: "GET", path: "/regions" }, signal);
  const regions = Array.isArray(body) ? body.map(String) : [];
  const nodes = (await readNodes(transport, place.region, signal))?.filter(({ eligible }) => eligible);
  if (nodes !== undefined) return { regions, ...fromNodes(nodes) };
  const datacenters = await readDatacenters(transport, place, signal);
  const drivers = await Promise.all(
    preferredDrivers.map(async (name) => ((await isDriverThere(transport, place, name, signal)) ? [name] : [])),
  );
  return {
    regions,
    datacenters: datacenters === undefined || datacenters === "no-pool" ? [] : [...datacenters.keys()].sort(),
    pools: undefined,
    drivers: drivers.flat(),
    volumes: new Map(),
    devices: [],
  };
}

function fromNodes(nodes: readonly NodeFacts[]): Omit<ClusterOffer, "regions"> {
  const unique = (of: (node: NodeFacts) => readonly string[]) => [...new Set(nodes.flatMap(of))].sort();
  const healthy = ({ drivers }: NodeFacts) => [...drivers].flatMap(([name, driver]) => (driver.healthy ? [name] : []));
  const volumes = nodes.flatMap((node) =>
    [...node.volumes].flatMap(([name, { path, readOnly }]) => (readOnly ? [] : [[name, path] as const])),
  );
  return {
    datacenters: unique(({ datacenter }) => [datacenter]),
    pools: unique(({ pool }) => [pool]),
    drivers: unique(healthy),
    volumes: new Map(volumes),
    devices: unique(({ devices }) => devices),
  };
}
