import { oldestNomad } from "../launch/preflight.js";
import { ServerVersion } from "../launch/server-version.js";
import { compareVersions } from "../launch/version-needs.js";
import { fail, ok, warn } from "./finding.js";
import type { Check } from "./patient.js";

/** The server's version; only a token with agent:read may ask. */
export const version: Check = {
  name: "version",
  async run({ transport, clock, signal }) {
    const found = await new ServerVersion(transport, clock).read(signal);
    if (found === undefined) return [warn("version", "not known: the token may not read the agent", needsAgentRead)];
    if (compareVersions(found, oldestNomad) >= 0) return [ok("version", `Nomad ${found}`)];
    return [
      fail("version", `Nomad ${found} is older than ${oldestNomad}, the oldest supported`, "Upgrade the cluster."),
    ];
  },
};

const needsAgentRead = 'Add `agent { policy = "read" }` to its policy, or look yourself: `nomad version` on a server.';
