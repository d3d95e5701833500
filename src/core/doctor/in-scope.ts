import type { NodeFacts } from "../survey/read-nodes.js";
import { matches } from "../survey/matches.js";
import type { Patient } from "./patient.js";

/** Nodes that a task of the site's defaults could go to; undefined where the token may not list nodes. */
export async function nodesInScope({ cluster, site }: Patient): Promise<readonly NodeFacts[] | undefined> {
  const { datacenters = ["*"], nodePool = "default" } = site.defaults;
  return (await cluster.nodes())?.filter(
    ({ eligible, pool, datacenter }) =>
      eligible && (nodePool === "all" || pool === nodePool) && datacenters.some((name) => matches(name, datacenter)),
  );
}
