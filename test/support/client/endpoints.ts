import { createNomadClient, type NomadClient } from "../../../src/client/index.js";
import type { ExecCall } from "../../../src/core/contracts/task-exec.js";
import type { ApiCall, ApiReply, NomadTransport } from "../../../src/core/contracts/transport.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { execCallOf } from "../../../src/transports/exec-socket.js";
import { calls } from "./calls.js";

/** A transport that answers with an empty object, refuses streams, and notes what it was asked. */
function recorder(): NomadTransport & { readonly asked: ApiCall[] } {
  const asked: ApiCall[] = [];
  return Object.assign(
    {
      address: "nowhere",
      request: async (call: ApiCall): Promise<ApiReply> => {
        asked.push(call);
        return { status: 200, index: 1, body: {} };
      },
      stream: async (call: ApiCall) => {
        asked.push(call);
        throw new LauncherError("NOMAD_E_API_REFUSED", { reason: "only what is sent matters" });
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
    { asked, exec: async (call: ExecCall) => (asked.push(execCallOf(call)), 0) },
  );
}

/** The calls that a method of the client sends; what comes back does not matter. */
export async function sentBy(method: string): Promise<readonly ApiCall[]> {
  const transport = recorder();
  await using nomad = createNomadClient({ transport, env: {} });
  try {
    const result = calls[method]?.(nomad);
    if (isIterable(result)) await result[Symbol.asyncIterator]().next();
    else await result;
  } catch {
    // An empty object is no answer to many of them.
  }
  return transport.asked;
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** `GET /job/_id_` as documents show it: `GET /job/:id`. A log's allocation is looked at too: not that call is meant. */
export function endpointOf(sent: readonly ApiCall[]): string {
  const log = sent.find(({ path }) => path.startsWith("/client/fs/logs/"));
  const { method, path } = log ?? sent[0] ?? { method: "", path: "" };
  return `${method} ${path.replace(/_([a-z]+)_/g, ":$1")}`;
}

/** The names of all methods of a client: `jobs.list`, `acl.tokens.self`. */
export function methodsOf(nomad: NomadClient): string[] {
  return Object.entries(nomad).flatMap(([family, value]) => methodsIn(value as object, family));
}

/** Not families, but what families are made from. */
const parts = new Set(["call", "kind"]);

function methodsIn(family: object, name: string): string[] {
  const own = Object.entries(family).filter(([key, value]) => typeof value === "object" && !parts.has(key));
  return [
    ...namesOf(family).map((key) => `${name}.${key}`),
    ...own.flatMap(([key, value]) => methodsIn(value as object, `${name}.${key}`)),
  ];
}

function namesOf(family: object): string[] {
  const above = Object.getPrototypeOf(family) as object | null;
  if (above === null || above === Object.prototype) return [];
  const names = Object.getOwnPropertyNames(above).filter((key) => key !== "constructor");
  return [...names, ...namesOf(above)];
}
