/** What tasks leave outside their directories: containers, mounts and cgroups. */
import { readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { capture } from "../../../scripts/lib/run.mjs";
import { allocationsOf } from "./processes.mjs";

const CGROUPS = "/sys/fs/cgroup";

/** @param {string} dir */
export async function removeContainers(dir) {
  const { stdout } = await capture("docker", ["ps", "-aq", "--filter", "label=com.hashicorp.nomad.alloc_id"]).catch(
    () => ({ stdout: "" }),
  );
  for (const id of stdout.split("\n").filter(Boolean)) {
    const inspected = await capture("docker", [
      "inspect",
      "--format",
      "{{json .HostConfig.Binds}}{{json .Mounts}}",
      id,
    ]);
    if (inspected.stdout.includes(`${dir}/`)) await capture("docker", ["rm", "-f", id]);
  }
}

/** Deepest first. A directory with something mounted in it must never be removed: the mount's content would go with it. @param {string} dir */
export async function unmountAll(dir) {
  const mounts = await mountsBelow(dir);
  for (const path of mounts.reverse()) await capture("umount", ["-l", path]);
  const left = await mountsBelow(dir);
  if (left.length > 0) throw new Error(`Still mounted, so ${dir} is left as it is: ${left.join(", ")}`);
}

/** @param {string} dir */
async function mountsBelow(dir) {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  return lines.map((line) => line.split(" ")[4] ?? "").filter((path) => path.startsWith(`${dir}/`));
}

/**
 * The cgroups of this agent's tasks, known by their allocations: a killed executor leaves them, and under cgroups version 1
 * all agents of a machine share the parent "nomad".
 * @param {string} dir @param {string} parent the agent's own parent, which version 2 honours
 */
export async function removeCgroups(dir, parent) {
  const allocations = await allocationsOf(dir);
  const roots = ["", ...(await readdir(CGROUPS).catch(() => []))].map((controller) => join(CGROUPS, controller));
  for (const root of roots) {
    for (const name of await readdir(join(root, "nomad")).catch(() => [])) {
      if (allocations.some((id) => name.startsWith(`${id}.`))) await removeTree(join(root, "nomad", name));
    }
    await removeTree(join(root, parent));
  }
}

/** A cgroup directory's files cannot be deleted, only the directories, from below. @param {string} dir */
async function removeTree(dir) {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  await rmdir(dir).catch(() => {});
}
