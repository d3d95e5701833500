import { nearest } from "../errors/nearest.js";
import { isDriverThere } from "../survey/dry-run.js";
import type { NodeFacts } from "../survey/read-nodes.js";
import { type Finding, fail, ok, warn } from "./finding.js";
import { nodesInScope } from "./in-scope.js";
import type { Check, Patient } from "./patient.js";

/** Whether nodes offer the site's driver, and it is healthy there. */
export const driver: Check = {
  name: "driver",
  async run(patient) {
    const nodes = await nodesInScope(patient);
    return [nodes === undefined ? await asked(patient) : judge(patient.site.driver, nodes)];
  },
};

function judge(name: string, nodes: readonly NodeFacts[]): Finding {
  const having = nodes.filter((node) => node.drivers.has(name));
  const healthy = having.filter((node) => node.drivers.get(name)?.healthy);
  const found = `${name} is healthy on ${healthy.length} of ${nodes.length} eligible nodes`;
  if (healthy.length > 0 && having.length === healthy.length) return ok("driver", found);
  const sick = having.find((node) => node.drivers.get(name)?.healthy === false);
  const why = sick === undefined ? "" : `; on ${sick.name}: ${sick.drivers.get(name)?.why ?? ""}`;
  if (healthy.length > 0) return warn("driver", `${found}${why}`, "Look at the driver on that node.");
  return fail("driver", `${found}${why}`, cureFor(name, nodes));
}

function cureFor(name: string, nodes: readonly NodeFacts[]): string {
  const known = [...new Set(nodes.flatMap((node) => [...node.drivers.keys()]))];
  const like = nearest(name, known);
  const other = known.length === 0 ? "" : ` The nodes have ${known.join(", ")}.`;
  return `${like === undefined || like === name ? "Enable it on the nodes, or set driver of the site." : `Did you mean ${like}?`}${other}`;
}

/** Under a token that may not list nodes, the scheduler knows. */
async function asked({ transport, site, signal }: Patient): Promise<Finding> {
  const { namespace, nodePool } = site.defaults;
  const there = await isDriverThere(transport, { namespace, nodePool, region: site.region }, site.driver, signal);
  if (there === undefined)
    return warn("driver", "not known: the token may neither list nodes nor plan jobs", "See right submit-job.");
  if (there) return ok("driver", `${site.driver} is on some ready node (which ones only node:read tells)`);
  return fail("driver", `no ready node has ${site.driver}`, "Enable it on the nodes, or set driver of the site.");
}
