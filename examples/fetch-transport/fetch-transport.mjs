import { definePlugin, LauncherError, PLUGIN_API_VERSION } from "metaflow-nomad/contracts";

/**
 * A transport of one's own, on the built-in `fetch`: no pools, no retries, no TLS options. It shows all that the contract
 * asks for, and passes the same conformance cases on a real agent as the built-in one.
 *
 * @typedef {import("metaflow-nomad/contracts").ApiCall} ApiCall
 * @typedef {import("metaflow-nomad/contracts").NomadTransport} NomadTransport
 * @typedef {import("metaflow-nomad/contracts").TransportParts} TransportParts
 */

/** @param {TransportParts} parts @returns {NomadTransport} */
export function createFetchTransport({ site, credentials }) {
  const closing = new AbortController();

  /** @param {ApiCall} call @param {AbortSignal} signal */
  async function open(call, signal) {
    signal.throwIfAborted();
    const token = await credentials.token(signal);
    const either = AbortSignal.any([signal, closing.signal]);
    try {
      const body = call.body === undefined ? null : JSON.stringify(call.body);
      const headers = token === undefined ? {} : { "x-nomad-token": token };
      const reply = await fetch(urlOf(site, call), { method: call.method, headers, body, signal: either });
      if (!reply.ok) throw refusal(call, reply.status, await reply.text(), site);
      return reply;
    } catch (error) {
      throw signal.aborted ? signal.reason : failure(error, call, site);
    }
  }

  return {
    address: site.address,
    async request(call, signal) {
      const reply = await open(call, signal);
      const text = await reply.text();
      const index = Number(reply.headers.get("x-nomad-index") ?? 0);
      return { status: reply.status, index, body: text === "" ? undefined : JSON.parse(text) };
    },
    async stream(call, signal) {
      const reply = await open(call, signal);
      return chunksOf(reply, signal);
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
    },
  };
}

/** @param {TransportParts["site"]} site @param {ApiCall} call */
function urlOf(site, call) {
  const url = new URL(`${site.address}/v1${call.path}`);
  for (const [name, value] of Object.entries({ region: site.region, ...call.query })) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) url.searchParams.append(name, one);
  }
  return url;
}

/** @param {Response} reply @param {AbortSignal} signal */
async function* chunksOf(reply, signal) {
  try {
    for await (const chunk of reply.body ?? []) yield chunk;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

/** @param {ApiCall} call @param {number} status @param {string} reason @param {TransportParts["site"]} site */
function refusal(call, status, reason, site) {
  const facts = { call: `${call.method} ${call.path}`, status, reason: reason.trim(), address: site.address };
  if (status === 404)
    return new LauncherError("NOMAD_E_API_NOT_FOUND", { ...facts, thing: call.path.slice(1).replace("/", " ") });
  if (status === 403)
    return new LauncherError("NOMAD_E_API_FORBIDDEN", { ...facts, origin: "token", namespace: "asked for" });
  const region = String(call.query?.region ?? site.region ?? "");
  if (reason.includes("No path to region")) return new LauncherError("NOMAD_E_API_REGION", { ...facts, region });
  return new LauncherError("NOMAD_E_API_REFUSED", facts);
}

/** @param {unknown} error @param {ApiCall} call @param {TransportParts["site"]} site */
function failure(error, call, site) {
  if (error instanceof LauncherError) return error;
  const facts = { address: site.address, site: site.name, call: `${call.method} ${call.path}`, reason: String(error) };
  return new LauncherError("NOMAD_E_TRANSPORT_UNREACHABLE", facts, { cause: error });
}

export const fetchTransportPlugin = definePlugin({
  name: "fetch-transport",
  apiVersion: PLUGIN_API_VERSION,
  setup: (registrar) => registrar.transport("fetch", createFetchTransport),
});
