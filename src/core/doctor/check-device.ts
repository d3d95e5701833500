import { fail, ok, warn } from "./finding.js";
import { nodesInScope } from "./in-scope.js";
import type { Check } from "./patient.js";

/** Whether any node has what `gpu=1` asks for. That nobody has it matters only where the site names it. */
export const device: Check = {
  name: "device",
  async run(patient) {
    const { device: wanted } = patient.site.gpu;
    const named = patient.origins.get("gpu.device") !== "built in";
    const nodes = await nodesInScope(patient);
    if (nodes === undefined) {
      return named ? [warn("device", "not known: the token may not list nodes", "See right node:read.")] : [];
    }
    const having = nodes.filter(({ devices }) => devices.some((id) => id === wanted || id.startsWith(`${wanted}/`)));
    if (having.length > 0) return [ok("device", `${wanted} is on ${having.length} of ${nodes.length} eligible nodes`)];
    if (!named) return [ok("device", `no node has ${wanted}: gpu= would find no place (the site names no device)`)];
    const known = [...new Set(nodes.flatMap(({ devices }) => devices))];
    const todo =
      known.length === 0
        ? "The nodes have none; install Nomad's device plugin."
        : `The nodes have ${known.join(", ")}.`;
    return [fail("device", `no eligible node has ${wanted}`, `Correct gpu.device. ${todo}`)];
  },
};
