import type { Job } from "../model/job.js";

/** A part of the job that older servers lack. They drop unknown fields of a job without a word. */
export interface VersionNeed {
  /** In the words of `@nomad`. */
  readonly what: string;
  readonly since: string;
}

interface Row extends VersionNeed {
  /** Where it stands in Nomad's JSON; `*` is every item of a list or dictionary. */
  readonly path: string;
  /** Whether this object counts, where not every one does. */
  readonly of?: (parent: Readonly<Record<string, unknown>>) => boolean;
}

const hostVolume: Row["of"] = ({ Type }) => Type === "host";
const group = "TaskGroups.*";
const task = `${group}.Tasks.*`;

/** From Nomad's CHANGELOG, and the structs of 1.7.7, 1.8.4, 1.10.5 and 1.11.0 (nomad/structs) beside each other. */
const rows: readonly Row[] = [
  { path: `${group}.MaxRunDuration`, what: "max_run_duration", since: "2.0.0" },
  { path: `${task}.Secrets`, what: "a secret block", since: "1.11.0" },
  { path: `${group}.Services.*.Kind`, what: "services: kind", since: "1.10.3" },
  { path: `${task}.Services.*.Kind`, what: "services: kind", since: "1.10.3" },
  { path: `${task}.Templates.*.Once`, what: "templates: once", since: "1.10.2" },
  { path: `${group}.Volumes.*.Sticky`, what: "volumes: sticky", since: "1.10.0" },
  {
    path: `${group}.Volumes.*.AccessMode`,
    of: hostVolume,
    what: "volumes: access_mode of a host volume",
    since: "1.10.0",
  },
  {
    path: `${group}.Volumes.*.AttachmentMode`,
    of: hostVolume,
    what: "volumes: attachment_mode of a host volume",
    since: "1.10.0",
  },
  { path: `${task}.Artifacts.*.Chown`, what: "artifacts: chown", since: "1.9.2" },
  { path: `${group}.Services.*.Weights`, what: "services: weights", since: "1.9.2" },
  { path: `${task}.Services.*.Weights`, what: "services: weights", since: "1.9.2" },
  { path: `${task}.Identity.Filepath`, what: "identity: filepath", since: "1.9.0" },
  { path: `${task}.Identities.*.Filepath`, what: "identity: filepath", since: "1.9.0" },
  { path: `${group}.Networks.*.ReservedPorts.*.IgnoreCollision`, what: "ports: ignore_collision", since: "1.9.0" },
  { path: `${task}.Resources.SecretsMB`, what: "resources: secrets", since: "1.8.3" },
  { path: `${group}.Networks.*.CNI`, what: "network: cni", since: "1.8.2" },
  { path: `${group}.Services.*.Checks.*.Notes`, what: "services: notes of a check", since: "1.8.1" },
  { path: `${task}.Artifacts.*.GetterInsecure`, what: "artifacts: insecure", since: "1.8.0" },
  { path: `${task}.VolumeMounts.*.SELinuxLabel`, what: "volumes: selinux_label", since: "1.8.0" },
  // `Replace: false` and `LostAfter` stand in every job: 1.7 has another field for them (src/plugins/run-once.ts).
  { path: `${group}.Disconnect.Replace`, what: "disconnect: replace", since: "1.8.0" },
  { path: `${group}.Disconnect.Reconcile`, what: "disconnect: reconcile", since: "1.8.0" },
  { path: `${group}.Disconnect.StopOnClientAfter`, what: "disconnect: stop_on_client_after", since: "1.8.0" },
];

/** What in a job needs a newer Nomad than the oldest supported, the newest first. */
export function versionNeeds(job: Job): readonly VersionNeed[] {
  const found = rows.filter(({ path, of }) => isThere(job, path.split("."), of));
  return found.sort((a, b) => compareVersions(b.since, a.since)).map(({ what, since }) => ({ what, since }));
}

/** Negative where the first is the older one. What follows the numbers (`-beta.1`, `+ent`) does not count. */
export function compareVersions(first: string, second: string): number {
  const [one, other] = [numbersOf(first), numbersOf(second)];
  const at = [0, 1, 2].find((index) => one[index] !== other[index]);
  return at === undefined ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}

function numbersOf(version: string): readonly number[] {
  return [0, 1, 2].map((index) => Number.parseInt(version.split(/[.+-]/)[index] ?? "0", 10) || 0);
}

/** Whether anything that says something stands at the end of the path. */
function isThere(value: unknown, [key, ...rest]: readonly string[], of: Row["of"]): boolean {
  if (key === undefined) return says(value);
  if (typeof value !== "object" || value === null) return false;
  const parent = value as Readonly<Record<string, unknown>>;
  if (key === "*") return Object.values(parent).some((item) => isThere(item, rest, of));
  if (rest.length === 0 && of?.(parent) === false) return false;
  return isThere(parent[key], rest, of);
}

function says(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== "" && value !== 0;
}
