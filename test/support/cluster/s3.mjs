/** An S3 server on loopback: `rclone serve s3` over a directory. */
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { obtainRclone } from "../../../scripts/lib/rclone.mjs";
import { startDaemon } from "./daemon.mjs";
import { freePort } from "./ports.mjs";
import { makeTls } from "./tls.mjs";

/** @param {import('./index.mjs').S3Options} [options] @returns {Promise<import('./index.mjs').S3Server>} */
export async function startS3(options = {}) {
  const rclone = await obtainRclone();
  const bucket = options.bucket ?? "metaflow";
  const work = await mkdtemp(join(tmpdir(), "mfn-s3-"));
  const dir = options.dir ?? join(work, "objects");
  await mkdir(join(dir, bucket), { recursive: true });
  const host = options.host ?? "127.0.0.1";
  const tls = options.tls ? await makeTls(join(work, "tls")) : undefined;
  const server = {
    endpoint: `${tls ? "https" : "http"}://${host}:${await freePort()}`,
    accessKey: "test-access-key",
    secretKey: "test-secret-key",
    bucket,
    dir,
    ...(tls && { ca: tls.ca }),
  };
  const args = [...rcloneArgs(server, work), ...(tls ? ["--cert", tls.serverCert, "--key", tls.serverKey] : [])];
  const name = "rclone serve s3";
  const stop = await startDaemon({ name, command: rclone, args, address: server.endpoint, work, ca: tls?.ca });
  return { ...server, env: metaflowEnv(server), stop, [Symbol.asyncDispose]: stop };
}

/** @param {{ endpoint: string, accessKey: string, secretKey: string, dir: string }} server @param {string} work */
function rcloneArgs(server, work) {
  const auth = `${server.accessKey},${server.secretKey}`;
  const where = ["--config", join(work, "rclone.conf"), "--addr", new URL(server.endpoint).host];
  return ["serve", "s3", "--auth-key", auth, ...where, "--vfs-cache-mode", "off", server.dir];
}

/** @param {{ endpoint: string, accessKey: string, secretKey: string, bucket: string, ca?: string }} server */
function metaflowEnv(server) {
  return {
    METAFLOW_DEFAULT_DATASTORE: "s3",
    METAFLOW_DATASTORE_SYSROOT_S3: `s3://${server.bucket}/metaflow`,
    METAFLOW_DATATOOLS_S3ROOT: `s3://${server.bucket}/data`,
    METAFLOW_S3_ENDPOINT_URL: server.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKey,
    AWS_SECRET_ACCESS_KEY: server.secretKey,
    AWS_DEFAULT_REGION: "us-east-1",
    // Over https, Amazon's client sends checksums behind the data, which many other servers do not understand.
    ...(server.ca && { AWS_CA_BUNDLE: server.ca, AWS_REQUEST_CHECKSUM_CALCULATION: "when_required" }),
  };
}
