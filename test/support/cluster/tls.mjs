/** Certificates as an operator makes them: with `nomad tls`. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { obtainNomad } from "../../../scripts/lib/nomad.mjs";
import { run } from "../../../scripts/lib/run.mjs";

/**
 * @param {string} dir @param {{ nomad?: string, region?: string }} [options]
 * @returns {Promise<import('./index.mjs').TlsFiles>}
 */
export async function makeTls(dir, options = {}) {
  const nomad = options.nomad ?? (await obtainNomad());
  const region = options.region ?? "global";
  await mkdir(dir, { recursive: true });
  await run(nomad, ["tls", "ca", "create"], { cwd: dir });
  await run(nomad, ["tls", "cert", "create", "-server", "-region", region], { cwd: dir });
  await run(nomad, ["tls", "cert", "create", "-client", "-region", region], { cwd: dir });
  const file = (/** @type {string} */ name) => join(dir, name);
  return {
    dir,
    ca: file("nomad-agent-ca.pem"),
    serverCert: file(`${region}-server-nomad.pem`),
    serverKey: file(`${region}-server-nomad-key.pem`),
    clientCert: file(`${region}-client-nomad.pem`),
    clientKey: file(`${region}-client-nomad-key.pem`),
    serverName: `server.${region}.nomad`,
  };
}
