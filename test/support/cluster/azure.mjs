/** Azure Blob Storage on loopback: Azurite over https with OAuth, and a login for its clients. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { obtainAzurite } from "../../../scripts/lib/azurite.mjs";
import { startDaemon } from "./daemon.mjs";
import { api } from "./http.mjs";
import { startLogin } from "./login.mjs";
import { freePort } from "./ports.mjs";
import { makeTls } from "./tls.mjs";

const ACCOUNT = "devstoreaccount1"; // the one that Azurite has

/** @returns {Promise<import('./index.mjs').AzureServer>} */
export async function startAzure() {
  const program = await obtainAzurite();
  const work = await mkdtemp(join(tmpdir(), "mfn-az-"));
  const tls = await makeTls(join(work, "tls"));
  const port = await freePort();
  const address = `https://127.0.0.1:${port}`;
  const where = ["--blobHost", "127.0.0.1", "--blobPort", String(port), "--location", join(work, "blobs")];
  const https = ["--cert", tls.serverCert, "--key", tls.serverKey, "--oauth", "basic"];
  // Azure's libraries speak newer versions of the protocol than an emulator knows.
  const quiet = ["--skipApiVersionCheck", "--disableTelemetry", "--silent"];
  const args = [program, ...where, ...https, ...quiet];
  const end = await startDaemon({ name: "azurite", command: process.execPath, args, address, work, ca: tls.ca });
  const login = await startLogin(tls);
  const stop = async () => {
    await login.stop();
    await end();
  };
  const headers = { Authorization: `Bearer ${login.azureToken}`, "x-ms-version": "2023-11-03" };
  await api({ address, ca: tls.ca }, `/${ACCOUNT}/metaflow?restype=container`, { method: "PUT", headers });
  const env = metaflowEnv(`${address}/${ACCOUNT}`, login, tls.ca);
  return { endpoint: `${address}/${ACCOUNT}`, secret: login.client.secret, env, stop, [Symbol.asyncDispose]: stop };
}

/** @param {string} endpoint @param {import('./login.mjs').Login} login @param {string} ca */
function metaflowEnv(endpoint, login, ca) {
  return {
    METAFLOW_DEFAULT_DATASTORE: "azure",
    METAFLOW_DATASTORE_SYSROOT_AZURE: "metaflow/root",
    METAFLOW_AZURE_STORAGE_BLOB_SERVICE_ENDPOINT: endpoint,
    AZURE_AUTHORITY_HOST: login.address,
    AZURE_TENANT_ID: "adfs",
    AZURE_CLIENT_ID: login.client.id,
    AZURE_CLIENT_SECRET: login.client.secret,
    REQUESTS_CA_BUNDLE: ca,
  };
}
