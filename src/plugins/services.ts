import {
  block,
  blocks as list,
  type BlockSpec,
  duration,
  flag,
  oneOf,
  readBlocks,
  text,
  textMap,
  texts,
  whole,
} from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { nearest } from "../core/errors/nearest.js";
import { refuse } from "../core/errors/refuse.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";
import { editGroup } from "./edit-job.js";
import { identitySpec } from "./identity.js";
import { labelsOf } from "./network.js";

const addressModes = ["auto", "host", "driver", "alloc", "alloc_ipv6"];
const checkRestart: BlockSpec = {
  limit: whole("Limit"),
  grace: duration("Grace"),
  ignore_warnings: flag("IgnoreWarnings"),
};

/** Source: https://developer.hashicorp.com/nomad/docs/job-specification/check */
const check: BlockSpec = {
  name: text("Name"),
  type: oneOf("Type", ["http", "tcp", "grpc", "script"], { required: true }),
  port: text("PortLabel"),
  path: text("Path"),
  method: text("Method"),
  protocol: text("Protocol"),
  header: { nomad: "Header", read: (value) => value },
  body: text("Body"),
  interval: duration("Interval"),
  timeout: duration("Timeout"),
  address_mode: oneOf("AddressMode", addressModes),
  initial_status: text("InitialStatus"),
  command: text("Command"),
  args: texts("Args"),
  task: text("TaskName"),
  on_update: text("OnUpdate"),
  expose: flag("Expose"),
  success_before_passing: whole("SuccessBeforePassing"),
  failures_before_critical: whole("FailuresBeforeCritical"),
  failures_before_warning: whole("FailuresBeforeWarning"),
  tls_server_name: text("TLSServerName"),
  tls_skip_verify: flag("TLSSkipVerify"),
  grpc_service: text("GRPCService"),
  grpc_use_tls: flag("GRPCUseTLS"),
  check_restart: block("CheckRestart", checkRestart),
};

/** Source: https://developer.hashicorp.com/nomad/docs/job-specification/service. Consul Connect goes through `raw`. */
const service: BlockSpec = {
  name: text("Name", { required: true }),
  port: text("PortLabel"),
  provider: oneOf("Provider", ["nomad", "consul"]),
  tags: texts("Tags"),
  canary_tags: texts("CanaryTags"),
  meta: textMap("Meta"),
  canary_meta: textMap("CanaryMeta"),
  tagged_addresses: textMap("TaggedAddresses"),
  address: text("Address"),
  address_mode: oneOf("AddressMode", addressModes),
  enable_tag_override: flag("EnableTagOverride"),
  task: text("TaskName"),
  on_update: text("OnUpdate"),
  cluster: text("Cluster"),
  identity: block("Identity", identitySpec),
  check: list("Checks", check),
  checks: list("Checks", check),
  check_restart: block("CheckRestart", checkRestart),
};

const tenSeconds = 10_000_000_000;
const twoSeconds = 2_000_000_000;

/** The group's services, registered with Nomad itself unless they say `consul`. */
export const services: LaunchFeature = {
  name: "services",
  after: ["network"],
  blocks: ["services"],
  contribute(job, { request: { blocks } }) {
    const asked = blocks?.["services"];
    if (asked === undefined) return job;
    const labels = labelsOf(job);
    const Services = readBlocks(service, asked, "services").map((read, index) =>
      complete(read, labels, Array.isArray(asked) ? `services[${index}]` : "services"),
    );
    return editGroup(job, () => ({ Services }));
  },
};

function complete(read: JsonObject, labels: readonly string[], path: string): JsonObject {
  const Provider = read["Provider"] ?? "nomad";
  checkPort(read["PortLabel"], labels, `${path}.port`);
  if (read["Checks"] === undefined) return { ...read, Provider };
  const Checks = (read["Checks"] as readonly JsonObject[]).map((one, index) =>
    completeCheck(one, read, labels, `${path}.checks[${index}]`),
  );
  return { ...read, Provider, Checks };
}

/** Nomad wants both times said; how often and how long it waits is rarely what a user has in mind. */
function completeCheck(one: JsonObject, owner: JsonObject, labels: readonly string[], path: string): JsonObject {
  const { Type, PortLabel } = one;
  checkPort(PortLabel, labels, `${path}.port`);
  if ((Type === "http" || Type === "tcp") && PortLabel === undefined && owner["PortLabel"] === undefined) {
    throw refuse(path, "neither it nor its service has a port", 'Give the service a port, e.g. port="http".');
  }
  if ((owner["Provider"] ?? "nomad") === "nomad" && Type !== "http" && Type !== "tcp") {
    throw refuse(`${path}.type`, `Nomad itself makes no ${JSON.stringify(Type)} checks`, 'Use "http" or "tcp".');
  }
  return { Interval: tenSeconds, Timeout: twoSeconds, ...one };
}

/** A label of the group's ports, or a number. */
function checkPort(label: JsonValue | undefined, labels: readonly string[], path: string): void {
  if (typeof label !== "string" || labels.includes(label) || /^\d+$/.test(label)) return;
  const like = nearest(label, labels);
  const cure = like === undefined ? `Add it: ports=[${JSON.stringify(label)}].` : `Did you mean ${like}?`;
  throw refuse(path, `there is no port ${JSON.stringify(label)}`, cure);
}
