import type { ApiCall, NomadTransport } from "../../src/core/contracts/transport.js";

/** A transport whose replies a test writes: for what cannot be staged on a real agent. */
export function fakeTransport(answers: {
  readonly request?: (call: ApiCall) => unknown;
  readonly stream?: (call: ApiCall, signal: AbortSignal) => AsyncIterable<Uint8Array>;
}): NomadTransport & { readonly calls: ApiCall[] } {
  const calls: ApiCall[] = [];
  return {
    address: "fake",
    calls,
    request: async (call) => {
      calls.push(call);
      return { status: 200, index: 1, body: answers.request?.(call) };
    },
    stream: async (call, signal) => {
      calls.push(call);
      return answers.stream?.(call, signal) ?? (async function* () {})();
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
