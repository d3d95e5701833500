import { oldestNomad, readServerVersion, supportsNomad } from "../launch/server-version.js";
import { fail, ok, warn } from "./finding.js";
import type { Check } from "./patient.js";

/** The server's version; only a token with agent:read may ask. */
export const version: Check = {
  name: "version",
  async run({ transport, signal }) {
    const found = await readServerVersion(transport, signal);
    if (found === undefined) return [warn("version", "not known: the token may not read the agent", needsAgentRead)];
    if (supportsNomad(found)) return [ok("version", `Nomad ${found}`)];
    return [
      fail("version", `Nomad ${found} is older than ${oldestNomad}, the oldest supported`, "Upgrade the cluster."),
    ];
  },
};

const needsAgentRead = 'Add `agent { policy = "read" }` to its policy, or look yourself: `nomad version` on a server.';
