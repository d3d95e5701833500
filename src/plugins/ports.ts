import { type BlockSpec, flag, listOf, objectOf, readBlock, text, textOf, whole } from "../core/blocks/index.js";
import { refuse } from "../core/errors/refuse.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";

/** Highest TCP port. */
const most = 65_535;

/** One port, in Nomad's terms. Source: https://developer.hashicorp.com/nomad/docs/job-specification/network#port-parameters */
const port: BlockSpec = {
  static: whole("Value", { least: 1, most }),
  to: whole("To", { least: -1, most }),
  host_network: text("HostNetwork"),
  ignore_collision: flag("IgnoreCollision"),
};

/** The ports of a group: those Nomad picks, and those that are given. */
export interface Ports {
  readonly DynamicPorts?: readonly JsonObject[];
  readonly ReservedPorts?: readonly JsonObject[];
}

/**
 * Reads `["http"]` (a port Nomad picks), `{"http": 8080}` (that port of the node) and
 * `{"http": {"static": …, "to": …, "host_network": …}}`.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function readPorts(value: JsonValue, path: string): Ports {
  const plain = typeof value === "string" || Array.isArray(value);
  const read = plain ? listOf(value).map((label) => named(textOf(label, path), path)) : fromTable(value, path);
  checkTwice(read, path);
  const ReservedPorts = read.filter(({ Value }) => Value !== undefined);
  const DynamicPorts = read.filter(({ Value }) => Value === undefined);
  return {
    ...(DynamicPorts.length > 0 && { DynamicPorts }),
    ...(ReservedPorts.length > 0 && { ReservedPorts }),
  };
}

function fromTable(value: JsonValue, path: string): readonly JsonObject[] {
  return Object.entries(objectOf(value, path)).map(([label, ask]) => {
    const at = `${path}.${label}`;
    const given = ask === null ? {} : typeof ask === "object" ? ask : { static: ask };
    return { ...named(label, path), ...readBlock(port, given, at) };
  });
}

/** The label becomes part of a variable's name in the task (`NOMAD_PORT_http`). */
function named(label: string, path: string): JsonObject {
  if (/^[a-zA-Z0-9_-]{1,128}$/.test(label)) return { Label: label };
  throw refuse(path, `${JSON.stringify(label)} is no name for a port`, 'Use letters, digits, _ and -, e.g. "http".');
}

function checkTwice(ports: readonly JsonObject[], path: string): void {
  for (const [index, { Label, Value }] of ports.entries()) {
    const before = ports.slice(0, index);
    if (before.some((other) => other["Label"] === Label)) {
      throw refuse(path, `there are two ports ${JSON.stringify(Label)}`, "Give each its own name.");
    }
    if (Value !== undefined && before.some((other) => other["Value"] === Value && !shares(other, ports[index])))
      throw refuse(path, `two ports are ${JSON.stringify(Value)}`, "Give each its own number, or let Nomad pick it.");
  }
}

const shares = (one: JsonObject, other: JsonObject | undefined): boolean =>
  one["HostNetwork"] !== other?.["HostNetwork"] || other?.["IgnoreCollision"] === true;
