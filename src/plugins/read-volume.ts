import { block, type BlockSpec, flag, objectOf, oneOf, readBlock, text, texts } from "../core/blocks/index.js";
import { refuse } from "../core/errors/refuse.js";
import type { VolumeMount, VolumeRequest } from "../core/model/job.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";

const readers = ["single-node-reader-only", "multi-node-reader-only"];
const hostModes = [
  "single-node-reader-only",
  "single-node-writer",
  "single-node-single-writer",
  "single-node-multi-writer",
];
const csiModes = [...readers, "single-node-writer", "multi-node-single-writer", "multi-node-multi-writer"];

const spec: BlockSpec = {
  type: oneOf("Type", ["host", "csi", "docker"]),
  source: text("Source"),
  destination: text("Destination", { required: true }),
  read_only: flag("ReadOnly"),
  access_mode: oneOf("AccessMode", [...new Set([...hostModes, ...csiModes])]),
  attachment_mode: oneOf("AttachmentMode", ["file-system", "block-device"]),
  mount_options: block("MountOptions", { fs_type: text("FSType"), mount_flags: texts("MountFlags") }),
  per_alloc: flag("PerAlloc"),
  sticky: flag("Sticky"),
  propagation_mode: oneOf("PropagationMode", ["private", "host-to-task", "bidirectional"]),
};

/** A volume as the user wrote it: what to ask Nomad for, and where the task sees it. */
export interface Volume extends Partial<Omit<VolumeRequest, "Name" | "Type">> {
  readonly name: string;
  readonly Type: "host" | "csi" | "docker";
  readonly Source: string;
  readonly ReadOnly: boolean;
  readonly Destination: string;
  readonly PropagationMode?: VolumeMount["PropagationMode"];
}

/**
 * Reads the dictionary of volumes. A text is a host volume: `source:/destination`, or `/destination` where the volume
 * is called like the entry, with `:ro` behind it for reading only.
 */
export function readVolumes(value: JsonValue): readonly Volume[] {
  const found = Object.entries(objectOf(value, "volumes")).map(([name, item]) => readVolume(name, item));
  for (const [index, { name, Destination }] of found.entries()) {
    const other = found.slice(0, index).find((before) => before.Destination === Destination);
    if (other === undefined) continue;
    throw refuse(
      `volumes.${name}`,
      `${Destination} is where ${other.name} is mounted`,
      "Give each a place of its own.",
    );
  }
  return found;
}

function readVolume(name: string, item: JsonValue): Volume {
  const path = `volumes.${name}`;
  const block = readBlock(spec, typeof item === "string" ? shortForm(item, path) : item, path);
  const asked = { name, Type: "host", Source: name, ReadOnly: false, ...block } as unknown as Volume;
  checkDestination(asked.Destination, path);
  if (asked.Type === "docker")
    refuseKeys(asked, path, ["AccessMode", "AttachmentMode", "MountOptions", "PerAlloc", "Sticky"]);
  if (asked.Type === "host") refuseKeys(asked, path, ["MountOptions"]);
  if (asked.Type === "csi") refuseKeys(asked, path, ["Sticky"]);
  return asked.Type === "csi" ? completeCsi(asked, path) : checkMode(asked, hostModes, path);
}

function shortForm(written: string, path: string): JsonObject {
  const found = /^(?:([^:/][^:]*):)?(\/[^:]*)(?::(ro|rw))?$/.exec(written);
  if (found === null) {
    throw refuse(path, `${JSON.stringify(written)} is no volume`, 'Write "name:/where", or "name:/where:ro".');
  }
  const [, source, destination = "", mode] = found;
  return { ...(source !== undefined && { source }), destination, read_only: mode === "ro" };
}

function checkDestination(destination: string, path: string): void {
  if (destination.startsWith("/") && !destination.split("/").includes("..")) return;
  throw refuse(`${path}.destination`, `${destination} is no absolute path`, "Say where the task sees it, e.g. /data.");
}

/** Keys of the block that this type of volume does not have. */
function refuseKeys(asked: Volume, path: string, keys: readonly (keyof Volume)[]): void {
  const wrong = keys.find((key) => asked[key] !== undefined);
  if (wrong === undefined) return;
  const name = Object.entries(spec).find(([, { nomad }]) => nomad === wrong)?.[0] ?? wrong;
  throw refuse(`${path}.${name}`, `a ${asked.Type} volume has no such option`, `Leave it out, or correct type.`);
}

/** Nomad demands both modes of a CSI volume; nearly all are file systems. */
function completeCsi(asked: Volume, path: string): Volume {
  if (asked.AccessMode !== undefined) return checkMode({ AttachmentMode: "file-system", ...asked }, csiModes, path);
  throw refuse(
    path,
    "a csi volume needs access_mode",
    `It must be one the volume was created with: ${csiModes.join(", ")}.`,
  );
}

function checkMode(asked: Volume, modes: readonly string[], path: string): Volume {
  const { AccessMode: mode, ReadOnly, Type } = asked;
  if (mode === undefined) return asked;
  if (!modes.includes(mode)) {
    throw refuse(`${path}.access_mode`, `a ${Type} volume has no mode ${mode}`, `Use ${modes.join(", ")}.`);
  }
  if (ReadOnly || !readers.includes(mode)) return asked;
  throw refuse(`${path}.access_mode`, `${mode} is for reading only`, "Add read_only=true, or use a mode that writes.");
}
