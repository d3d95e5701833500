import { durationOf } from "../../core/blocks/duration.js";
import type { JobInput } from "../families/jobs.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";

type Group = Input<Nomad.TaskGroup>;
type Task = Input<Nomad.Task>;

/**
 * A duration as Nomad's API wants it: `"30s"`, `"1h30m"`, `"2d"`, or a number of seconds.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export const nanoseconds = (duration: string | number): number => durationOf(duration, "duration");

/** A job. Fields are Nomad's own; default datacenters: all. */
export function job(
  id: string,
  type: "service" | "batch" | "system" | "sysbatch",
  fields: Omit<Input<Nomad.Job>, "ID">,
): JobInput {
  return { ID: id, Name: id, Type: type, Datacenters: ["*"], ...fields };
}

/** A group of tasks that run on one node. */
export function group(name: string, tasks: readonly Task[], fields: Group = {}): Group {
  return { Name: name, Tasks: tasks, ...fields };
}

/** What a task asks of its node. */
export interface TaskSize {
  /** MHz; or `cores`, of its own. */
  readonly cpu?: number;
  readonly cores?: number;
  /** MB; with `memoryMax`, where the cluster lets tasks go over. */
  readonly memory?: number;
  readonly memoryMax?: number;
  readonly devices?: readonly Input<Nomad.RequestedDevice>[];
}

/** A task: the driver's own settings as `config`. `resources` in MHz and MB. */
export function task(
  name: string,
  driver: string,
  config: Readonly<Record<string, unknown>>,
  fields: Task & { readonly resources?: TaskSize } = {},
): Task {
  const { resources, ...rest } = fields;
  const { cpu: CPU, cores: Cores, memory: MemoryMB, memoryMax: MemoryMaxMB, devices: Devices } = resources ?? {};
  const sized = resources === undefined ? {} : { Resources: { CPU, Cores, MemoryMB, MemoryMaxMB, Devices } };
  return { Name: name, Driver: driver, Config: config, ...sized, ...rest };
}

/** Runs a task before the others of its group; `sidecar`: and along with them. */
export function prestart(before: Task, { sidecar = false } = {}): Task {
  return { ...before, Lifecycle: { Hook: "prestart", Sidecar: sidecar } };
}

/** A network with ports that Nomad chooses: label -> port inside the task's network, 0 for the same. */
export function ports(dynamic: Readonly<Record<string, number>>, mode?: string): Input<Nomad.NetworkResource> {
  const DynamicPorts = Object.entries(dynamic).map(([Label, To]) => ({ Label, To }));
  return { DynamicPorts, ...(mode !== undefined && { Mode: mode }) };
}

/** A service that Nomad registers itself (`Provider: "consul"` for Consul). */
export function service(name: string, port: string, fields: Input<Nomad.Service> = {}): Input<Nomad.Service> {
  return { Name: name, PortLabel: port, Provider: "nomad", ...fields };
}

/** A check of a service: GET on a path. Defaults: every 10 s, 3 s to answer. */
export function httpCheck(
  path: string,
  { interval = "10s", timeout = "3s" }: { readonly interval?: string; readonly timeout?: string } = {},
): Input<Nomad.ServiceCheck> {
  return { Type: "http", Path: path, Interval: nanoseconds(interval), Timeout: nanoseconds(timeout) };
}

/** A host volume of the node, as `Volumes` of a group takes it. */
export function hostVolume(
  name: string,
  { source = name, readOnly = false }: { readonly source?: string; readonly readOnly?: boolean } = {},
): Readonly<Record<string, Input<Nomad.VolumeRequest>>> {
  return { [name]: { Name: name, Type: "host", Source: source, ReadOnly: readOnly } };
}

/** A file (or, with `env`, environment variables) that Nomad writes from a template of Consul's. */
export function template(data: string, destination: string, { env = false } = {}): Input<Nomad.Template> {
  return { EmbeddedTmpl: data, DestPath: destination, Envvars: env };
}

/** What a dispatch must and may bring. */
export function parameterized({
  required = [],
  optional = [],
  payload = "optional",
}: {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  readonly payload?: "optional" | "required" | "forbidden";
}): Input<Nomad.ParameterizedJobConfig> {
  return { MetaRequired: required, MetaOptional: optional, Payload: payload };
}

/** Runs a batch job at times of cron. Default: also while the last run goes on. */
export function periodic(
  cron: string,
  { overlap = true, timeZone = "UTC" }: { readonly overlap?: boolean; readonly timeZone?: string } = {},
): Input<Nomad.PeriodicConfig> {
  return { Enabled: true, SpecType: "cron", Spec: cron, ProhibitOverlap: !overlap, TimeZone: timeZone };
}

/** How a service is replaced by its next version. What is not said is Nomad's default. */
export function update(rolling: {
  readonly maxParallel?: number;
  readonly canary?: number;
  readonly minHealthy?: string;
  readonly healthyDeadline?: string;
  readonly progressDeadline?: string;
  readonly autoRevert?: boolean;
  readonly autoPromote?: boolean;
  readonly healthCheck?: "checks" | "task_states" | "manual";
}): Input<Nomad.UpdateStrategy> {
  const time = (text: string | undefined) => (text === undefined ? undefined : nanoseconds(text));
  return {
    MaxParallel: rolling.maxParallel ?? 1,
    Canary: rolling.canary,
    MinHealthyTime: time(rolling.minHealthy),
    HealthyDeadline: time(rolling.healthyDeadline),
    ProgressDeadline: time(rolling.progressDeadline),
    AutoRevert: rolling.autoRevert,
    AutoPromote: rolling.autoPromote,
    HealthCheck: rolling.healthCheck,
  };
}
