import { block, type BlockSpec, objectOf, readBlock, text, textMap, texts } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Job } from "../core/model/job.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";
import { editGroup, editTask } from "./edit-job.js";
import { type Ports, readPorts } from "./ports.js";

/** Source: https://developer.hashicorp.com/nomad/docs/job-specification/network */
const network: BlockSpec = {
  mode: text("Mode"),
  hostname: text("Hostname"),
  dns: block("DNS", { servers: texts("Servers"), searches: texts("Searches"), options: texts("Options") }),
  cni: block("CNI", { args: textMap("Args") }),
  port: { nomad: "port", read: (value) => value },
};

/** The group's network and its ports; where the driver publishes ports itself (docker), they are named to it, too. */
export const networkFeature: LaunchFeature = {
  name: "network",
  blocks: ["network", "ports"],
  contribute(job, { request: { blocks }, capabilities }) {
    if (blocks?.["network"] === undefined && blocks?.["ports"] === undefined) return job;
    const { port, ...net } = readNetwork(blocks["network"] ?? {});
    const ports = readPorts(joined(port, blocks["ports"]), "ports");
    checkTogether(net, ports);
    const wired = editGroup(job, () => ({ Networks: [{ ...net, ...ports }] }));
    return capabilities.publishesPorts === true ? publish(wired, labelsOf(wired)) : wired;
  },
};

/** Labels of the group's ports. */
export function labelsOf(job: Job): readonly string[] {
  const nets = (job.TaskGroups[0].Networks ?? []) as readonly Ports[];
  const ports = nets.flatMap(({ DynamicPorts = [], ReservedPorts = [] }) => [...DynamicPorts, ...ReservedPorts]);
  return ports.map(({ Label }) => Label as string);
}

function readNetwork(value: JsonValue): JsonObject {
  const read = readBlock(network, typeof value === "string" ? { mode: value } : value, "network");
  const { Mode } = read;
  if (Mode === undefined || /^(host|bridge|none|cni\/.+)$/.test(Mode as string)) return read;
  throw refuse("network.mode", `${JSON.stringify(Mode)} is no mode`, "Use host, bridge, none, or cni/NAME.");
}

/** Ports may stand in `ports`, and where HCL has them, in `network.port`. */
function joined(inside: JsonValue | undefined, beside: JsonValue | undefined): JsonValue {
  if (inside === undefined || beside === undefined) return inside ?? beside ?? [];
  if (Array.isArray(inside) && Array.isArray(beside)) return [...(inside as JsonValue[]), ...(beside as JsonValue[])];
  return { ...objectOf(inside, "network.port"), ...objectOf(beside, "ports") };
}

function checkTogether({ Mode, Hostname }: JsonObject, ports: Ports): void {
  if (Mode === "none" && Object.keys(ports).length > 0) {
    throw refuse("ports", 'a task of network mode "none" has none', "Leave ports out, or use another mode.");
  }
  if (Hostname !== undefined && (Mode === undefined || Mode === "host" || Mode === "none")) {
    throw refuse("network.hostname", "Nomad gives a task a name of its own only in mode bridge", 'Add mode="bridge".');
  }
}

/** Docker publishes only the ports its own `ports` names; what the user wrote there stays. */
function publish(job: Job, ports: readonly string[]): Job {
  return editTask(job, ({ Config }) =>
    ports.length === 0 || "ports" in Config ? {} : { Config: { ...Config, ports } },
  );
}
