import type { DriverDiagnosis } from "../contracts/task-driver.js";
import { isObject } from "../model/is-object.js";
import type { OutcomeKind } from "../model/outcome.js";

const kinds: Readonly<Record<OutcomeKind, true>> = {
  succeeded: true,
  failed: true,
  "oom-killed": true,
  "image-pull": true,
  "driver-failed": true,
  unplaced: true,
  "timed-out": true,
  lost: true,
  preempted: true,
  drained: true,
  stopped: true,
  unknown: true,
};

/** Whether a plugin's feature returned a job. */
export function isJob(value: unknown): boolean {
  const { ID, TaskGroups } = fieldsOf(value);
  const tasks = fieldsOf(first(TaskGroups))["Tasks"];
  const { Driver, Resources } = fieldsOf(first(tasks));
  return typeof ID === "string" && typeof Driver === "string" && isObject(Resources);
}

/** Whether a plugin's driver returned a config. */
export function isConfig(value: unknown): boolean {
  const { literal, interpolated } = fieldsOf(value);
  return isObject(literal) && (interpolated === undefined || isObject(interpolated));
}

/** Whether a plugin's family returned devices. */
export function isDevices(value: unknown): boolean {
  const one = (device: unknown) => {
    const { Name, Count } = fieldsOf(device);
    return typeof Name === "string" && Number.isInteger(Count);
  };
  return Array.isArray(value) && value.every(one);
}

/** Whether a plugin explained a failure. */
export function isDiagnosis(value: unknown): value is DriverDiagnosis {
  const { kind, sentence, advice, retriable } = fieldsOf(value);
  const texts = typeof sentence === "string" && typeof advice === "string";
  return texts && typeof retriable === "boolean" && typeof kind === "string" && Object.hasOwn(kinds, kind);
}

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined);

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}
