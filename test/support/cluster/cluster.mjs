/** Several servers and clients on loopback: what is needed to see what happens when one of them goes. */
import { setTimeout as sleep } from "node:timers/promises";
import { startAgent } from "./agent.mjs";
import { api } from "./http.mjs";

/**
 * Elections in a second or two, and a node that is silent counts as such after some ten to fifteen seconds: by Nomad's own
 * settings the first takes up to half a minute, the second up to five minutes after an election. Less, and a busy machine
 * would be taken for a dead one.
 */
const SERVER = {
  raft_multiplier: 1,
  heartbeat_grace: "8s",
  min_heartbeat_ttl: "4s",
  failover_heartbeat_ttl: "15s",
};
/** A server that came back has its vote again at once, and none loses it while it is gone. */
const AUTOPILOT = { server_stabilization_time: "200ms", cleanup_dead_servers: false };
/** More than the tasks of any test ask for: what is tried is not the scheduling. */
const ROOM = { cpuTotalCompute: 200_000, memoryTotalMb: 200_000 };

/**
 * Each time a client counts its tasks for its metrics, one that starts in that moment may be remembered as not started: its logs
 * cannot be read until it ends (Nomad 1.11.0, `AllocState` in client/allocrunner/alloc_runner.go). Of fifty at once, one often is.
 */
const RARE_METRICS = { telemetry: { collection_interval: "1h" } };

/** @typedef {import('./index.mjs').Agent} Agent */

/** @param {import('./index.mjs').ClusterOptions} [options] @returns {Promise<import('./index.mjs').Cluster>} */
export async function startCluster({ servers = 3, clients = 2, clientOptions = [], quiet } = {}) {
  const cluster = new RunningCluster();
  try {
    const common = { dev: false, member: true, logLevel: /** @type {const} */ ("info"), quiet, config: RARE_METRICS };
    const server = { ...SERVER, bootstrap_expect: servers };
    const ofServers = { server, client: { enabled: false }, config: { autopilot: AUTOPILOT } };
    for (let n = 1; n <= servers; n += 1) cluster.add(`server-${n}`, await startAgent({ ...common, ...ofServers }));
    await cluster.join();
    const client = { servers: cluster.servers.map(({ rpcPort }) => `127.0.0.1:${rpcPort}`) };
    for (let n = 1; n <= clients; n += 1) {
      const own = clientOptions[n - 1] ?? {};
      const options = { ...own, server: { enabled: false }, client: { ...own.client, ...client } };
      cluster.add(`client-${n}`, await startAgent({ ...common, ...ROOM, ...options }));
    }
    await cluster.ready();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

class RunningCluster {
  /** @type {Map<string, Agent>} */ #agents = new Map();

  /** @param {string} name @param {Agent} agent */
  add(name, agent) {
    this.#agents.set(name, agent);
  }

  /** @param {string} name */
  agent(name) {
    const found = this.#agents.get(name);
    if (!found) throw new Error(`there is no ${name} among ${[...this.#agents.keys()]}`);
    return found;
  }

  get servers() {
    return this.#of("server");
  }

  get clients() {
    return this.#of("client");
  }

  get addresses() {
    return this.servers.map(({ address }) => address);
  }

  /** The parsed answer of the first server that gives one. @param {string} path @param {import('./index.mjs').ApiInit} [init] */
  async api(path, init) {
    let last;
    for (const server of this.servers) {
      try {
        return await api(server, path, { timeoutMs: 3_000, ...init });
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  /** The name of the server that leads, once there is one. */
  async leader() {
    return until("a leader", async () => {
      const place = await this.api("/v1/status/leader");
      return this.#names("server").find((name) => place === `127.0.0.1:${this.agent(name).rpcPort}`);
    });
  }

  /** The name of the agent at an address. @param {string} address */
  nameAt(address) {
    return [...this.#agents].find(([, agent]) => agent.address === address)?.[0];
  }

  /** As a power cut would. @param {string} name */
  async kill(name) {
    await this.agent(name).kill();
  }

  /** It hears and says nothing any more, and its connections stay open. @param {string} name */
  pause(name) {
    process.kill(this.agent(name).pid, "SIGSTOP");
  }

  /** @param {string} name */
  resume(name) {
    process.kill(this.agent(name).pid, "SIGCONT");
  }

  /** Starts a killed one again with its data, and waits until the cluster is whole. @param {string} name */
  async restart(name) {
    await this.agent(name).restart();
    await this.ready();
  }

  async join() {
    const [first, ...others] = this.servers;
    for (const { serfPort } of others)
      await first?.api(`/v1/agent/join?address=127.0.0.1:${serfPort}`, { method: "PUT" });
  }

  /** Waits until a leader is elected, every living server follows it, and every living client is ready. */
  async ready() {
    await this.leader();
    await until("a vote of every server", async () => {
      const { Servers } = await this.api("/v1/operator/raft/configuration");
      return Servers.filter((/** @type {any} */ { Voter }) => Voter).length === this.servers.length || undefined;
    });
    // The keys that variables and identities are made with follow some time after the election.
    await until("its keyring", () =>
      this.api("/v1/var/metaflow-nomad-ready", {
        method: "PUT",
        body: { Path: "metaflow-nomad-ready", Items: { ready: "yes" } },
      }),
    );
    await until("ready nodes", async () => {
      const nodes = await this.api("/v1/nodes");
      const isReady = (/** @type {Agent} */ { httpPort }) =>
        nodes.some((/** @type {any} */ node) => node.Name === `test-${httpPort}` && node.Status === "ready");
      return this.clients.every(isReady) || undefined;
    });
  }

  async stop() {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.allSettled(agents.map((agent) => agent.stop()));
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }

  /** @param {string} kind */
  #names(kind) {
    return [...this.#agents.keys()].filter((name) => name.startsWith(kind));
  }

  /** @param {string} kind */
  #of(kind) {
    return this.#names(kind).map((name) => this.agent(name));
  }
}

/** @template T @param {string} what @param {() => Promise<T | undefined>} probe @returns {Promise<T>} */
async function until(what, probe) {
  let reason = "";
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
    const found = await probe().catch((error) => void (reason = String(error)));
    if (found !== undefined) return found;
  }
  throw new Error(`The cluster did not get ${what} within 60 s. ${reason}`);
}
