/** A redis of a test's own on loopback, which keeps what it has when it is killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { obtainRedis } from "../../../scripts/lib/redis.mjs";
import { freePort } from "./ports.mjs";

/** @param {import('./index.mjs').RedisOptions} [options] @returns {Promise<import('./index.mjs').RedisServer>} */
export async function startRedis({ password } = {}) {
  const binary = await obtainRedis();
  const dir = await mkdtemp(join(tmpdir(), "metaflow-nomad-redis-"));
  const port = await freePort();
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir];
  const keeping = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
  const args = [...place, ...keeping, ...(password === undefined ? [] : ["--requirepass", password])];
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  const kill = () => void child?.kill("SIGKILL");
  process.once("exit", kill);
  const restart = async () => {
    child = spawn(binary, args, { stdio: "ignore" });
    await untilListening(port);
  };
  const end = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    kill();
    await ended;
  };
  const stop = async () => {
    process.removeListener("exit", kill);
    await end();
    await rm(dir, { recursive: true, force: true });
  };
  await restart();
  return { url: `redis://127.0.0.1:${port}`, port, kill: end, restart, stop, [Symbol.asyncDispose]: stop };
}

/** @param {number} port */
async function untilListening(port) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) {
    const socket = connect(port, "127.0.0.1");
    const found = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (found) return;
  }
  throw new Error("redis-server did not listen within 20 s");
}
