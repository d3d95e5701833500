import { type Finding, fail, ok } from "./finding.js";
import type { Check, Patient } from "./patient.js";

/** Whether anything answers at the address, and that it is Nomad. No token is needed for that. */
export const reach: Check = {
  name: "reach",
  async run({ transport, site, clock, signal }) {
    const before = clock.now();
    await transport.request({ method: "GET", path: "/regions" }, signal);
    return [ok("reach", `Nomad answers at ${transport.address} in ${clock.now() - before} ms${tlsOf(site)}`)];
  },
};

function tlsOf({ address, tls }: Patient["site"]): string {
  if (!address.startsWith("https:")) return ", without TLS";
  return tls?.cert === undefined ? ", over TLS" : ", over TLS with a client certificate";
}

/** Whether the region exists, and has a leader. */
export const region: Check = {
  name: "region",
  async run({ transport, site, signal }) {
    const { body } = await transport.request({ method: "GET", path: "/regions" }, signal);
    const known = Array.isArray(body) ? body.map(String) : [];
    const { region: wanted } = site;
    if (wanted !== undefined && !known.includes(wanted)) return [unknownRegion(wanted, known)];
    await transport.request({ method: "GET", path: "/status/leader" }, signal);
    return [ok("region", wanted ?? `the agent's own (there ${known.length === 1 ? "is" : "are"} ${known.join(", ")})`)];
  },
};

function unknownRegion(wanted: string, known: readonly string[]): Finding {
  return fail("region", `there is no region ${wanted}`, `Set region to one of ${known.join(", ")}, or leave it out.`);
}
