import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { PlacementAsk } from "../core/model/launch-request.js";
import type { Site } from "../core/model/site.js";
import type { Job } from "../core/model/job.js";

/** Where the job may run: region, namespace, datacenters, node pool, and its priority. */
export const placement: LaunchFeature = {
  name: "placement",
  contribute: (job, { request, site }) => ({ ...job, ...placementOf(request.placement, site) }),
};

function placementOf(ask: PlacementAsk, site: Site): Partial<Job> & Pick<Job, "Namespace"> {
  const region = ask.region ?? site.region;
  const datacenters = ask.datacenters ?? site.defaults.datacenters;
  const pool = ask.nodePool ?? site.defaults.nodePool;
  const priority = ask.priority ?? site.defaults.priority;
  return {
    Namespace: checkNamespace(ask.namespace ?? site.defaults.namespace),
    ...(region === undefined ? {} : { Region: checkWord("region", region) }),
    ...(datacenters === undefined ? {} : { Datacenters: checkDatacenters(datacenters) }),
    ...(pool === undefined ? {} : { NodePool: checkPool(pool) }),
    ...(priority === undefined ? {} : { Priority: checkPriority(priority) }),
  };
}

function checkNamespace(name: string): string {
  if (/^[a-zA-Z0-9-]{1,128}$/.test(name)) return name;
  throw refuse(
    `namespace ${JSON.stringify(name)}`,
    "Nomad allows no such name",
    "Use letters, digits and - only; one namespace, no *.",
  );
}

function checkPool(name: string): string {
  if (/^[a-zA-Z0-9\-_]{1,128}$/.test(name)) return name;
  throw refuse(`node_pool ${JSON.stringify(name)}`, "Nomad allows no such name", "Use letters, digits, - and _ only.");
}

function checkDatacenters(names: readonly string[]): readonly string[] {
  if (names.length > 0) return names.map((name) => checkWord("datacenters", name));
  throw refuse("datacenters", "the list is empty", 'Leave it out for any datacenter, or name some, e.g. ["dc1"].');
}

function checkWord(field: string, word: string): string {
  if (word !== "" && !/[\s\0]/.test(word)) return word;
  throw refuse(field, `${JSON.stringify(word)} is no name`, "Write the name as Nomad shows it, without spaces.");
}

function checkPriority(priority: number): number {
  if (Number.isInteger(priority) && priority >= 1 && priority <= 32_766) return priority;
  throw refuse("priority", `${priority} is no priority`, "Use a whole number from 1 to 100 (50 is Nomad's default).");
}
