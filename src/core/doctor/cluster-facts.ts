import { readDatacenters } from "../survey/dry-run.js";
import { readNodes } from "../survey/read-nodes.js";
import { readToken } from "../survey/read-token.js";
import type { ClusterFacts, DoctorTools } from "./patient.js";

/** The facts of a cluster, each asked for once, when a check first needs it. */
export function createClusterFacts({ site, transport }: DoctorTools, signal: AbortSignal): ClusterFacts {
  const { region, defaults } = site;
  const place = { namespace: defaults.namespace, region, nodePool: defaults.nodePool };
  return {
    token: once(() => readToken(transport, region, signal)),
    nodes: once(() => readNodes(transport, region, signal)),
    datacenters: once(() => readDatacenters(transport, place, signal)),
  };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => (found ??= work());
}
