import { nearest } from "../errors/nearest.js";
import type { Datacenters } from "../survey/dry-run.js";
import { matches } from "../survey/matches.js";
import { type Finding, fail, ok, warn } from "./finding.js";
import type { Check, Patient } from "./patient.js";

/** Whether there are ready nodes in the node pool and in every datacenter that the site names. */
export const places: Check = {
  name: "places",
  async run(patient) {
    const { nodePool, datacenters: named } = patient.site.defaults;
    const found = await patient.cluster.datacenters();
    if (found === "no-pool") return [noPool(nodePool ?? "default", await knownPools(patient))];
    if (found === undefined)
      return [warn("datacenters", "not known: the token may not plan jobs", "See right submit-job.")];
    const pool = nodePool === undefined ? [] : [poolFinding(nodePool, found)];
    return [...pool, ...(named ?? []).map((name) => datacenterFinding(name, found)), nodesFinding(found, nodePool)];
  },
};

function poolFinding(pool: string, found: Datacenters): Finding {
  if (count(found, "*") > 0) return ok("node pool", `${pool}, with ${nodes(count(found, "*"))}`);
  return fail(
    "node pool",
    `there is no ready node in node pool ${pool}`,
    "Set defaults.nodePool to another, or add nodes.",
  );
}

function noPool(pool: string, known: readonly string[]): Finding {
  const like = nearest(pool, known);
  const seen = known.length === 0 ? "`nomad node pool list` shows those there are." : `There are ${known.join(", ")}.`;
  const todo = like === undefined ? `Correct defaults.nodePool. ${seen}` : `Did you mean ${like}?`;
  return fail("node pool", `there is no node pool ${pool}`, todo);
}

function datacenterFinding(name: string, found: Datacenters): Finding {
  const ready = count(found, name);
  if (ready > 0) return ok("datacenter", `${name}, with ${nodes(ready)}`);
  const like = nearest(name, [...found.keys()]);
  const todo = like === undefined ? `There are ${[...found.keys()].join(", ") || "none"}.` : `Did you mean ${like}?`;
  return fail("datacenter", `there is no ready node in datacenter ${name}`, `Correct defaults.datacenters. ${todo}`);
}

function nodesFinding(found: Datacenters, pool = "default"): Finding {
  const listed = [...found].map(([name, ready]) => `${name} (${ready})`).join(", ");
  if (found.size > 0) return ok("nodes", `${nodes(count(found, "*"))}, by datacenter: ${listed}`);
  return fail("nodes", `there is no ready node in node pool ${pool}`, "Start Nomad clients, or make them eligible.");
}

/** Ready nodes of the datacenters that a name, perhaps with `*` in it, stands for. */
function count(found: Datacenters, name: string): number {
  return [...found].reduce((sum, [one, ready]) => sum + (matches(name, one) ? ready : 0), 0);
}

const nodes = (ready: number) => `${ready} ready node${ready === 1 ? "" : "s"}`;

/** Pools of the nodes the token sees; empty where it may not. */
async function knownPools({ cluster }: Patient): Promise<readonly string[]> {
  return [...new Set(((await cluster.nodes()) ?? []).map(({ pool }) => pool))];
}
