/** A real Nomad agent on loopback, with its own ports and data, that leaves nothing behind. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureDocker } from "../../../scripts/lib/docker.mjs";
import { DEFAULT_NOMAD, obtainNomad, versionOf } from "../../../scripts/lib/nomad.mjs";
import { createProgress, silentProgress } from "../../../scripts/lib/progress.mjs";
import { ensurePythonImage } from "../../../scripts/lib/python-image.mjs";
import { bootstrapAcl, createPolicyToken, LEAST_RIGHTS } from "./acl.mjs";
import { agentConfig, drivers } from "./agent-config.mjs";
import { makeAgentDir, noteOwner, removeAgent, removeLater, sweepStale } from "./cleanup.mjs";
import { api, request } from "./http.mjs";
import { freePort } from "./ports.mjs";
import { makeTls } from "./tls.mjs";

/** @typedef {import('./index.mjs').AgentOptions} AgentOptions */

/** @param {AgentOptions} [options] @returns {Promise<import('./index.mjs').Agent>} */
export async function startAgent(options = {}) {
  const nomadBinary = await prepareParts(options);
  await sweepStale();
  const place = await preparePlace(options, nomadBinary);
  const agent = new RunningAgent(options, nomadBinary, place);
  try {
    await agent.launch();
    return agent;
  } catch (error) {
    await agent.stop().catch(() => {});
    throw error;
  }
}

/** @param {AgentOptions} options */
async function prepareParts(options) {
  const progress = options.quiet ? silentProgress() : createProgress("setup");
  if (options.docker) {
    await ensureDocker(progress);
    await ensurePythonImage(progress);
  }
  return obtainNomad(options.version, progress);
}

/** @param {AgentOptions} options @param {string} nomad */
async function preparePlace(options, nomad) {
  const dir = await makeAgentDir();
  const ports = { http: await freePort(), rpc: await freePort(), serf: await freePort() };
  const tls =
    options.tls === true
      ? await makeTls(join(dir, "tls"), { nomad, region: options.region })
      : options.tls || undefined;
  const version = (await versionOf(nomad)) ?? DEFAULT_NOMAD;
  const place = { dir, ports, tls, version };
  await writeFile(join(dir, "agent.json"), JSON.stringify(await agentConfig(options, place), null, 1));
  if (options.hcl) await writeFile(join(dir, "extra.hcl"), options.hcl);
  return place;
}

class RunningAgent {
  /** @type {string | undefined} */ token;
  pid = 0;
  nodeId = "";
  #stopped = false;

  /** @param {AgentOptions} options @param {string} nomadBinary @param {Awaited<ReturnType<typeof preparePlace>>} place */
  constructor(options, nomadBinary, place) {
    this.options = options;
    this.nomadBinary = nomadBinary;
    this.version = place.version;
    this.dir = place.dir;
    this.tls = place.tls;
    this.httpPort = place.ports.http;
    this.rpcPort = place.ports.rpc;
    this.serfPort = place.ports.serf;
    this.address = `${place.tls ? "https" : "http"}://127.0.0.1:${place.ports.http}`;
    this.logFile = join(place.dir, "agent.log");
    // A test process that ends without stop() must not leave an agent behind; an exit handler cannot wait, so another process does it.
    this.onExit = () => removeLater(place.dir);
    process.once("exit", this.onExit);
  }

  /** @returns {Record<string, string>} */
  get env() {
    const { tls, token } = this;
    return {
      NOMAD_ADDR: this.address,
      NOMAD_REGION: this.options.region ?? "global",
      ...(token ? { NOMAD_TOKEN: token } : {}),
      ...(tls ? tlsEnv(tls) : {}),
    };
  }

  async launch() {
    await this.#spawn();
    if (this.options.member) return this.#until("to answer", () => api(this, "/v1/agent/self"));
    await this.#until("a leader", async () => Boolean(await api(this, "/v1/status/leader")));
    if (this.options.acl && !this.token) this.token = await this.#bootstrap();
    await this.#until("a ready node with its drivers and devices", () => this.#isNodeReady());
    await this.#until("its keyring", () => this.#keepsVariables());
  }

  /** The keys that variables are encrypted with are made some time after the election; until then every write fails. */
  async #keepsVariables() {
    const path = "/v1/var/metaflow-nomad-ready";
    const body = { Path: "metaflow-nomad-ready", Items: { ready: "yes" } };
    await api(this, path, { method: "PUT", body });
    await api(this, path, { method: "DELETE" });
    return true;
  }

  async #spawn() {
    const mode = this.options.dev === false ? [] : ["-dev"];
    const extra = this.options.hcl ? ["-config", join(this.dir, "extra.hcl")] : [];
    const log = await open(this.logFile, "a");
    const args = ["agent", ...mode, "-config", join(this.dir, "agent.json"), ...extra];
    const { gid } = this.options;
    const as = gid === undefined ? {} : { gid };
    const stdio = /** @type {const} */ (["ignore", log.fd, log.fd]);
    const child = spawn(this.nomadBinary, args, { detached: true, stdio: [...stdio], env: cleanEnv(), ...as });
    await new Promise((resolve, reject) => child.once("spawn", () => resolve(undefined)).once("error", reject));
    await log.close();
    child.unref();
    this.pid = /** @type {number} */ (child.pid);
    this.child = child;
    await noteOwner(this.dir, this.#facts());
  }

  /** The leader accepts the bootstrap a moment after its election. */
  async #bootstrap() {
    let token = "";
    await this.#until("the ACL bootstrap", async () => Boolean((token = await bootstrapAcl(this))));
    return token;
  }

  async #isNodeReady() {
    const [node] = await api(this, "/v1/nodes");
    if (node?.Status !== "ready") return false;
    this.nodeId = node.ID;
    const { Drivers, NodeResources } = await api(this, `/v1/node/${node.ID}`);
    // Device plugins are asked after the node has registered: a job that came before would find none.
    if (hasDevices(this.options) && !NodeResources?.Devices?.length) return false;
    return drivers(this.options).every((name) => name === "mock_driver" || Drivers?.[name]?.Healthy);
  }

  /** @param {string} what @param {() => Promise<boolean>} isTrue */
  async #until(what, isTrue) {
    let reason = "";
    const timeout = this.options.startTimeoutMs ?? 60_000;
    for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(100)) {
      if (this.child && hasEnded(this.child)) break;
      if (await isTrue().catch((error) => void (reason = String(error)))) return;
    }
    const log = await readFile(this.logFile, "utf8").catch(() => "");
    const words = log
      .split("\n")
      .filter((line) => !line.includes("[DEBUG]"))
      .slice(-20)
      .join("\n");
    throw new Error(
      `The Nomad agent (${this.version}) did not get ${what} within ${timeout / 1000} s. ${reason}\n${words}`,
    );
  }

  /** @param {string} path @param {import('./index.mjs').ApiInit} [init] */
  api(path, init) {
    return api(this, path, init);
  }

  /** @param {string} path @param {import('./index.mjs').ApiInit} [init] */
  request(path, init) {
    return request(this, path, init);
  }

  /** @param {string} name @param {string} [rules] */
  createToken(name, rules = LEAST_RIGHTS) {
    return createPolicyToken(this, name, rules);
  }

  /** @param {NodeJS.Signals} [signal] */
  async kill(signal = "SIGKILL") {
    const { child } = this;
    if (!child || hasEnded(child)) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.ref(); // else nothing would keep this process waiting
    child.kill(signal);
    await gone;
  }

  async restart() {
    await this.kill("SIGINT");
    await this.launch();
  }

  async stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    process.removeListener("exit", this.onExit);
    await removeAgent(this.dir, this.#facts());
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }

  #facts() {
    return { agentPid: this.pid, httpPort: this.httpPort, docker: Boolean(this.options.docker) };
  }
}

/** @param {AgentOptions} options */
function hasDevices({ devices, fakeGpus = false }) {
  return fakeGpus || (devices !== undefined && readdirSync(devices.dir).length > 0);
}

/** @param {import('node:child_process').ChildProcess} child */
function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

/** @param {import('./index.mjs').TlsFiles} tls @returns {Record<string, string>} */
function tlsEnv(tls) {
  return {
    NOMAD_CACERT: tls.ca,
    NOMAD_CLIENT_CERT: tls.clientCert,
    NOMAD_CLIENT_KEY: tls.clientKey,
    NOMAD_TLS_SERVER_NAME: tls.serverName,
  };
}

/** The agent must not inherit the settings of a CLI (a NOMAD_ADDR in the shell reaches its tasks otherwise). */
function cleanEnv() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NOMAD_")));
}
