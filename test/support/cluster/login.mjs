/**
 * What stands in for Microsoft's and Google's token services, so that the real client libraries log in with the real kinds
 * of credentials: a client secret (as an AD FS tenant, the one kind that asks no server of Microsoft's) and a service
 * account's key. Wrong ones are refused.
 */
import { createSign, createVerify, generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { freePort } from "./ports.mjs";

const TOKEN_PATHS = { azure: "/adfs/oauth2/token", google: "/google/token" };

/**
 * @typedef {object} Login
 * @property {string} address
 * @property {{ id: string, secret: string }} client
 * @property {{ account: string, privateKey: string, tokenUri: string }} service
 * @property {string} azureToken as a client gets one
 * @property {() => Promise<void>} stop
 */

/** @param {import('./index.mjs').TlsFiles} tls @returns {Promise<Login>} */
export async function startLogin(tls) {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const privateKey = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const client = { id: "test-client", secret: `test-secret-${randomBytes(8).toString("hex")}` };
  const port = await freePort();
  const address = `https://127.0.0.1:${port}`;
  const server = createServer({ cert: readFileSync(tls.serverCert), key: readFileSync(tls.serverKey) });
  server.on("request", async (request, response) => {
    const reply = answer(request.url ?? "/", new URLSearchParams(await text(request)));
    response.writeHead(reply.status, { "Content-Type": "application/json" }).end(JSON.stringify(reply.body));
  });
  /** @type {(url: string, form: URLSearchParams) => { status: number, body: object }} */
  const answer = (url, form) => {
    if (url.includes("openid-configuration")) return { status: 200, body: describe(address) };
    if (url.startsWith(TOKEN_PATHS.azure)) return grant(form.get("client_secret") === client.secret, azureToken(keys));
    if (url.startsWith(TOKEN_PATHS.google)) return grant(isSigned(form.get("assertion") ?? "", keys), "test-token");
    return { status: 404, body: {} };
  };
  await new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
  server.unref();
  const stop = async () => {
    server.closeAllConnections();
    server.close();
  };
  const service = { account: "test@test.invalid", privateKey, tokenUri: address + TOKEN_PATHS.google };
  return { address, client, service, azureToken: azureToken(keys), stop };
}

/** @param {string} address */
function describe(address) {
  return {
    issuer: `${address}/adfs`,
    authorization_endpoint: `${address}/adfs/oauth2/authorize`,
    token_endpoint: address + TOKEN_PATHS.azure,
  };
}

/** @param {boolean} known @param {string} token */
function grant(known, token) {
  if (!known) return { status: 401, body: { error: "invalid_client", error_description: "The secret is not known." } };
  return { status: 200, body: { access_token: token, token_type: "Bearer", expires_in: 3600 } };
}

/** A token as Azurite wants it: it reads audience, issuer and times. @param {import('node:crypto').KeyPairKeyObjectResult} keys */
function azureToken({ privateKey }) {
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now - 60, nbf: now - 60, exp: now + 3600 };
  const claims = { aud: "https://storage.azure.com", iss: "https://sts.windows.net/test/", ...times };
  const head = [{ alg: "RS256", typ: "JWT" }, claims].map((part) => encode(JSON.stringify(part))).join(".");
  return `${head}.${createSign("RSA-SHA256").update(head).sign(privateKey, "base64url")}`;
}

/** @param {string} assertion @param {import('node:crypto').KeyPairKeyObjectResult} keys */
function isSigned(assertion, { publicKey }) {
  const [head, claims, signature = ""] = assertion.split(".");
  return createVerify("RSA-SHA256").update(`${head}.${claims}`).verify(publicKey, signature, "base64url");
}

/** @param {string} value */
const encode = (value) => Buffer.from(value).toString("base64url");

/** @param {import('node:http').IncomingMessage} request */
async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
