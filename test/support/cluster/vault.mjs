/** A Vault development server on loopback, and what Nomad's tasks need in it. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { obtainVault } from "../../../scripts/lib/vault.mjs";
import { freePort } from "./ports.mjs";

const ROOT_TOKEN = "root";
const AUDIENCE = "vault.io";
const LOGIN = "jwt-nomad";

/** @returns {Promise<import('./index.mjs').VaultServer>} */
export async function startVault() {
  const binary = await obtainVault();
  const home = await mkdtemp(join(tmpdir(), "metaflow-nomad-vault-"));
  const place = `127.0.0.1:${await freePort()}`;
  const args = ["server", "-dev", `-dev-root-token-id=${ROOT_TOKEN}`, `-dev-listen-address=${place}`];
  const child = spawn(binary, [...args, "-dev-no-store-token"], {
    stdio: "ignore",
    env: { ...process.env, HOME: home },
  });
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const address = `http://${place}`;
  const stop = async () => {
    process.removeListener("exit", kill);
    kill();
    await rm(home, { recursive: true, force: true });
  };
  await untilReady(address);
  const write = (/** @type {string} */ path, /** @type {unknown} */ body) => put(address, path, body);
  return { address, agentConfig: agentConfig(address), write, trust: (nomad) => trust(address, nomad), stop };
}

/** What stands in a Nomad agent's `vault` block. @param {string} address */
function agentConfig(address) {
  const identity = { aud: [AUDIENCE], ttl: "1h" };
  return { enabled: true, address, jwt_auth_backend_path: LOGIN, default_identity: identity };
}

/**
 * Lets tasks of a Nomad in; they may read what lies under secret/flows.
 * Source: https://developer.hashicorp.com/nomad/docs/secure/vault/acl
 * @param {string} address @param {string} nomad
 */
async function trust(address, nomad) {
  await put(address, `sys/auth/${LOGIN}`, { type: "jwt" });
  await put(address, `auth/${LOGIN}/config`, { jwks_url: `${nomad}/.well-known/jwks.json`, default_role: "flows" });
  await put(address, "sys/policies/acl/flows", { policy: 'path "secret/data/flows/*" { capabilities = ["read"] }' });
  await put(address, `auth/${LOGIN}/role/flows`, {
    role_type: "jwt",
    bound_audiences: [AUDIENCE],
    user_claim: "/nomad_job_id",
    user_claim_json_pointer: true,
    token_type: "service",
    token_policies: ["flows"],
    token_period: "30m",
  });
}

/** @param {string} address @param {string} path @param {unknown} body */
async function put(address, path, body) {
  const headers = { "X-Vault-Token": ROOT_TOKEN };
  const reply = await fetch(`${address}/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!reply.ok) throw new Error(`Vault: ${path}: HTTP ${reply.status} ${await reply.text()}`);
}

/** @param {string} address */
async function untilReady(address) {
  for (let tries = 0; tries < 300; tries += 1) {
    const reply = await fetch(`${address}/v1/sys/health`).catch(() => undefined);
    if (reply?.ok) return;
    await sleep(100);
  }
  throw new Error("The Vault server did not get ready within 30 s.");
}
