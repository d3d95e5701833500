import { access, constants, stat } from "node:fs/promises";
import type { SiteShared } from "../model/site.js";
import { sharesStorage } from "./default-request.js";
import { type Finding, fail, ok, warn } from "./finding.js";
import { nodesInScope } from "./in-scope.js";
import type { Check, Patient } from "./patient.js";

/** The path that submitter and nodes share, seen from here. */
export const sharedHere: Check = {
  name: "shared path",
  async run(patient) {
    const { shared } = patient.site;
    return shared === undefined || !sharesStorage(patient) ? [] : [await look(shared.path)];
  },
};

async function look(path: string): Promise<Finding> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    return fail("shared path", `${path} is not here`, "Mount it, or correct shared.path of the site.");
  if (!found.isDirectory()) return fail("shared path", `${path} is no folder`, "Correct shared.path of the site.");
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok("shared path", `${path} is here and writable; that nodes see the same is for --probe to find out`);
  } catch {
    return fail("shared path", `${path} is not writable for you`, "Give yourself the right to write there.");
  }
}

/** The host volume that holds the shared path, on the nodes. */
export const sharedVolume: Check = {
  name: "host volume",
  async run(patient) {
    const { shared } = patient.site;
    if (shared?.volume === undefined || !sharesStorage(patient)) return [];
    const nodes = await nodesInScope(patient);
    if (nodes === undefined)
      return [warn("host volume", "not known: the token may not list nodes", "See the placement above.")];
    return [judge(shared.volume, shared, nodes)];
  },
};

function judge(
  volume: string,
  { path }: SiteShared,
  nodes: NonNullable<Awaited<ReturnType<typeof nodesInScope>>>,
): Finding {
  const having = nodes.filter((node) => node.volumes.get(volume)?.readOnly === false);
  const found = `${volume} is on ${having.length} of ${nodes.length} eligible nodes`;
  const todo = `Define it on the nodes: client { host_volume "${volume}" { path = "${path}" } }`;
  const closed = nodes.some((node) => node.volumes.get(volume)?.readOnly === true);
  if (having.length === 0) return fail("host volume", closed ? `${found}; elsewhere it is read-only` : found, todo);
  return having.length === nodes.length ? ok("host volume", found) : warn("host volume", found, todo);
}

/** Metaflow's local datastore must lie on the shared path. */
export function datastoreIsShared({ site, submitter }: Patient): boolean {
  const root = submitter?.datastore.root;
  const path = site.shared?.path.replace(/\/+$/, "");
  return root !== undefined && path !== undefined && (root === path || root.startsWith(`${path}/`));
}
