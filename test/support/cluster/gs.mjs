/** Google Cloud Storage on loopback: fake-gcs-server, and a service account whose key a token service checks. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { obtainFakeGcs } from "../../../scripts/lib/fake-gcs.mjs";
import { startDaemon } from "./daemon.mjs";
import { startLogin } from "./login.mjs";
import { freePort } from "./ports.mjs";
import { makeTls } from "./tls.mjs";

const BUCKET = "metaflow";

/** @returns {Promise<import('./index.mjs').GsServer>} */
export async function startGs() {
  const command = await obtainFakeGcs();
  const work = await mkdtemp(join(tmpdir(), "mfn-gs-"));
  const [dir, tls] = [join(work, "objects"), await makeTls(join(work, "tls"))];
  await mkdir(join(dir, BUCKET), { recursive: true });
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const where = ["-scheme", "http", "-host", "127.0.0.1", "-port", String(port), "-public-host", `127.0.0.1:${port}`];
  const args = [...where, "-external-url", address, "-backend", "filesystem", "-filesystem-root", dir];
  const end = await startDaemon({ name: "fake-gcs-server", command, args, address, work });
  const login = await startLogin(tls);
  const stop = async () => {
    await login.stop();
    await end();
  };
  const keyFile = join(work, "service-account.json");
  await writeFile(keyFile, JSON.stringify(serviceAccount(login)), { mode: 0o600 });
  const env = {
    METAFLOW_DEFAULT_DATASTORE: "gs",
    METAFLOW_DATASTORE_SYSROOT_GS: `gs://${BUCKET}/root`,
    GOOGLE_APPLICATION_CREDENTIALS: keyFile,
    STORAGE_EMULATOR_HOST: address,
    REQUESTS_CA_BUNDLE: tls.ca,
  };
  const secret = login.service.privateKey;
  return { endpoint: address, bucket: BUCKET, secret, env, dir, stop, [Symbol.asyncDispose]: stop };
}

/** The file that Google's console gives out. @param {import('./login.mjs').Login} login */
function serviceAccount({ service }) {
  return {
    type: "service_account",
    project_id: "test",
    private_key_id: "1",
    private_key: service.privateKey,
    client_email: service.account,
    client_id: "1",
    token_uri: service.tokenUri,
  };
}
