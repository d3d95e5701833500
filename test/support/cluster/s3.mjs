/** An S3 server on loopback: `rclone serve s3` over a directory. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { obtainRclone } from "../../../scripts/lib/rclone.mjs";
import { freePort } from "./ports.mjs";
import { request } from "./http.mjs";

/** @param {import('./index.mjs').S3Options} [options] @returns {Promise<import('./index.mjs').S3Server>} */
export async function startS3(options = {}) {
  const rclone = await obtainRclone();
  const bucket = options.bucket ?? "metaflow";
  const work = await mkdtemp(join(tmpdir(), "mfn-s3-"));
  const dir = options.dir ?? join(work, "objects");
  await mkdir(join(dir, bucket), { recursive: true });
  const host = options.host ?? "127.0.0.1";
  const server = {
    endpoint: `http://${host}:${await freePort()}`,
    accessKey: "test-access-key",
    secretKey: "test-secret-key",
    bucket,
    dir,
  };
  const child = await spawnRclone(rclone, server, work);
  const onExit = () => {
    child.kill("SIGKILL");
    rmSync(work, { recursive: true, force: true });
  };
  process.once("exit", onExit);
  const stop = async () => {
    process.removeListener("exit", onExit);
    await end(child);
    await rm(work, { recursive: true, force: true });
  };
  await untilAnswers(child, server.endpoint, join(work, "rclone.log")).catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    ...server,
    env: metaflowEnv(server),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** @param {string} rclone @param {{ endpoint: string, accessKey: string, secretKey: string, dir: string }} server @param {string} work */
async function spawnRclone(rclone, server, work) {
  const log = await open(join(work, "rclone.log"), "a");
  const auth = `${server.accessKey},${server.secretKey}`;
  const args = [
    "serve",
    "s3",
    "--config",
    join(work, "rclone.conf"),
    "--auth-key",
    auth,
    "--addr",
    new URL(server.endpoint).host,
    "--vfs-cache-mode",
    "off",
    server.dir,
  ];
  const child = spawn(rclone, args, { stdio: ["ignore", log.fd, log.fd], detached: true });
  await new Promise((resolve, reject) => child.once("spawn", () => resolve(undefined)).once("error", reject));
  await log.close();
  child.unref();
  return child;
}

/** @param {import('node:child_process').ChildProcess} child @param {string} address @param {string} logFile */
async function untilAnswers(child, address, logFile) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline && child.exitCode === null; await sleep(50)) {
    const status = await request({ address }, "/").then(
      (answer) => answer.status,
      () => 0,
    );
    if (status > 0) return; // 403 without a signature: it is up
  }
  throw new Error(`rclone serve s3 does not answer:\n${await readFile(logFile, "utf8").catch(() => "")}`);
}

/** @param {import('node:child_process').ChildProcess} child */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.ref();
  child.kill("SIGKILL"); // it holds nothing that is not on disk
  await gone;
}

/** @param {{ endpoint: string, accessKey: string, secretKey: string, bucket: string }} server */
function metaflowEnv(server) {
  return {
    METAFLOW_DEFAULT_DATASTORE: "s3",
    METAFLOW_DATASTORE_SYSROOT_S3: `s3://${server.bucket}/metaflow`,
    METAFLOW_DATATOOLS_S3ROOT: `s3://${server.bucket}/data`,
    METAFLOW_S3_ENDPOINT_URL: server.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKey,
    AWS_SECRET_ACCESS_KEY: server.secretKey,
    AWS_DEFAULT_REGION: "us-east-1",
  };
}
