import { LauncherError } from "../errors/launcher-error.js";
import { nearest } from "../errors/nearest.js";
import { unlessForbidden } from "../survey/unless-forbidden.js";
import { type Finding, fail, ok } from "./finding.js";
import type { Check, Patient } from "./patient.js";

/** Whether the site's namespace exists, and the token has anything to do there. */
export const namespace: Check = {
  name: "namespace",
  async run(patient) {
    const { site, transport, signal } = patient;
    const name = site.defaults.namespace;
    const call = { method: "GET", path: `/namespace/${encodeURIComponent(name)}` } as const;
    try {
      const reply = await unlessForbidden(transport.request(call, signal));
      return [reply === undefined ? await closed(name, patient) : ok("namespace", name)];
    } catch (error) {
      if (!(error instanceof LauncherError) || error.code !== "NOMAD_E_API_NOT_FOUND") throw error;
      return [absent(name, await visible(patient))];
    }
  },
};

/** Nomad says "permission denied" of namespaces that do not exist, too. A job for one of those is refused by name. */
async function closed(name: string, patient: Patient): Promise<Finding> {
  try {
    await patient.cluster.datacenters();
  } catch (error) {
    if (!(error instanceof LauncherError) || error.code !== "NOMAD_E_API_NAMESPACE") throw error;
    return absent(name, await visible(patient));
  }
  const todo = `Use a token whose policy has a rule for it, or name one of those you may use: ${listed(await visible(patient))}.`;
  return fail("namespace", `the token has no right at all in namespace ${name}`, todo);
}

function absent(name: string, known: readonly string[]): Finding {
  const like = nearest(name, known);
  const todo = like === undefined ? `Set defaults.namespace; you may see: ${listed(known)}.` : `Did you mean ${like}?`;
  return fail("namespace", `there is no namespace ${name}`, todo);
}

const listed = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));

async function visible({ transport, signal }: Patient): Promise<readonly string[]> {
  const reply = await unlessForbidden(transport.request({ method: "GET", path: "/namespaces" }, signal));
  const found = (Array.isArray(reply?.body) ? reply.body : []) as readonly { Name?: unknown }[];
  return found.flatMap(({ Name }) => (typeof Name === "string" ? [Name] : []));
}
