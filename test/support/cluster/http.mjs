/** A small HTTP client for a test agent: plain or mutual TLS, with a token, JSON in and out. */
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/**
 * @typedef {{ address: string, token?: string, tls?: import('./index.mjs').TlsFiles, ca?: string }} Target
 * @param {Target} target @param {string} path @param {import('./index.mjs').ApiInit} [init]
 * @returns {Promise<import('./index.mjs').ApiAnswer>}
 */
export function request(target, path, init = {}) {
  const url = new URL(path, target.address);
  for (const [name, value] of Object.entries(init.query ?? {})) url.searchParams.set(name, String(value));
  const body = init.body === undefined ? undefined : JSON.stringify(init.body);
  const options = {
    method: init.method ?? (body ? "POST" : "GET"),
    headers: headers(target, init, body),
    agent: false,
    ...(target.ca ? { ca: readFileSync(target.ca) } : tlsOptions(target.tls)),
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const call = send(url, options, (response) => collect(response).then(resolve, reject));
    call.setTimeout(init.timeoutMs ?? 30_000, () =>
      call.destroy(new Error(`${options.method} ${url} did not answer in time`)),
    );
    call.on("error", reject);
    call.end(body);
  });
}

/** The parsed body; an answer of 400 or more throws. @type {(target: Target, path: string, init?: import('./index.mjs').ApiInit) => Promise<any>} */
export async function api(target, path, init) {
  const answer = await request(target, path, init);
  if (answer.status < 400) return answer.json ?? answer.text;
  throw new Error(`${init?.method ?? (init?.body ? "POST" : "GET")} ${path} answered ${answer.status}: ${answer.text}`);
}

/** @param {Target} target @param {import('./index.mjs').ApiInit} init @param {string | undefined} body */
function headers(target, init, body) {
  const token = init.token ?? target.token;
  return {
    ...init.headers,
    ...(token ? { "X-Nomad-Token": token } : {}),
    ...(body ? { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) } : {}),
  };
}

/** @param {import('./index.mjs').TlsFiles | undefined} tls */
function tlsOptions(tls) {
  if (!tls) return {};
  return {
    ca: readFileSync(tls.ca),
    cert: readFileSync(tls.clientCert),
    key: readFileSync(tls.clientKey),
    servername: tls.serverName,
  };
}

/** @param {import('node:http').IncomingMessage} response @returns {Promise<import('./index.mjs').ApiAnswer>} */
async function collect(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) };
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // logs and errors are plain text
  }
}
