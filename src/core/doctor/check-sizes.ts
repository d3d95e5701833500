import { readFree } from "../survey/read-free.js";
import type { NodeAmounts } from "../survey/read-nodes.js";
import { type Finding, fail, ok, warn } from "./finding.js";
import { nodesInScope } from "./in-scope.js";
import type { Check } from "./patient.js";

/** What Nomad gives a task that asks for no disk, in MB. */
const usualDisk = 300;

/** Memory, CPU and disk: the site's defaults beside the largest node, and beside the most that is free now. */
export const sizes: Check = {
  name: "sizes",
  async run(patient) {
    const { site, transport, signal } = patient;
    const nodes = await nodesInScope(patient);
    if (nodes === undefined) return [warn("sizes", "not known: the token may not list nodes", "See right node:read.")];
    if (nodes.length === 0) return [];
    const free = await readFree(transport, nodes, site.region, signal);
    const { memory, cpu, disk = usualDisk } = site.defaults;
    const most = (of: readonly NodeAmounts[] | undefined, what: keyof NodeAmounts) =>
      of && Math.max(...of.map((one) => one[what]));
    const all = nodes.map(({ size }) => size);
    const beside = (what: keyof NodeAmounts, unit: string, asked: number) =>
      judge({ what, unit, asked, largest: most(all, what) ?? 0, free: most(free, what) });
    return [beside("memory", "MB", memory), beside("cpu", "MHz", cpu), beside("disk", "MB", disk)];
  },
};

interface Size {
  readonly what: string;
  readonly unit: string;
  readonly asked: number;
  readonly largest: number;
  readonly free: number | undefined;
}

function judge({ what, unit, asked, largest, free }: Size): Finding {
  const now = free === undefined ? "" : `, the most that is free on one now is ${free} ${unit}`;
  const found = `${asked} ${unit} by default; the largest node has ${largest} ${unit}${now}`;
  if (asked > largest) return fail(what, found, `Lower defaults.${what}: such a task could never run.`);
  if (free !== undefined && asked > free) return warn(what, found, "Tasks wait until others have ended.");
  return ok(what, found);
}
