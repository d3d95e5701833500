import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ApiCall, NomadTransport } from "../core/contracts/transport.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import { conformanceJob, discardJob, registerConformanceJob } from "./conformance-jobs.js";
import type { ConformanceCase } from "./conformance-jobs.js";

/** What the transport cases try. */
export interface TransportSubject {
  /** Leads to a real agent without ACLs, or with a token that may submit and read jobs in namespace `default`. */
  readonly transport: NomadTransport;
}

const never = (): AbortSignal => new AbortController().signal;

/** Cases that every transport passes; each runs by itself, under any test runner. */
export const transportConformance: readonly ConformanceCase<TransportSubject>[] = [
  {
    name: "gives status, index and parsed body of a reply",
    run: ({ transport }) =>
      withJob(transport, `conformance-${randomUUID()}`, async () => {
        // A cluster that never had a job answers without an index.
        const reply = await transport.request({ method: "GET", path: "/jobs" }, never());
        assert.equal(reply.status, 200);
        assert.ok(reply.index > 0, "X-Nomad-Index is missing");
        assert.ok(Array.isArray(reply.body));
      }),
  },
  {
    name: "carries a body and a percent-encoded path",
    run: ({ transport }) =>
      withJob(transport, `conformance/${randomUUID()}`, async (id) => {
        const reply = await transport.request({ method: "GET", path: `/job/${encodeURIComponent(id)}` }, never());
        assert.equal((reply.body as { ID: string }).ID, id);
      }),
  },
  {
    name: "carries query parameters and leaves undefined ones out",
    async run({ transport }) {
      const query = { prefix: `none-${randomUUID()}`, region: undefined, namespace: "default" };
      const reply = await transport.request({ method: "GET", path: "/jobs", query }, never());
      assert.deepEqual(reply.body, []);
    },
  },
  refusalCase(
    "says what is missing",
    { method: "GET", path: "/job/there-is-none" },
    "NOMAD_E_API_NOT_FOUND",
    /job there-is-none/,
  ),
  refusalCase(
    "says which region is unknown",
    { method: "GET", path: "/jobs", query: { region: "nowhere" } },
    "NOMAD_E_API_REGION",
    /nowhere/,
  ),
  refusalCase(
    "says why a job is not accepted",
    { method: "PUT", path: "/jobs", body: { Job: { ID: "incomplete" } } },
    "NOMAD_E_API_REFUSED",
    /Missing job task groups/,
  ),
  {
    name: "ends a waiting call when its signal aborts, with the signal's reason",
    async run({ transport }) {
      const { index } = await transport.request({ method: "GET", path: "/jobs" }, never());
      const abort = new AbortController();
      // Far ahead of the cluster's index, so that nothing else can end the wait.
      const query = { index: index + 1_000_000, wait: "60s" };
      const waiting = transport.request({ method: "GET", path: "/jobs", query }, abort.signal);
      const reason = new Error("enough");
      abort.abort(reason);
      await assert.rejects(waiting, (error) => error === reason);
    },
  },
  {
    name: "opens a long reply and lets go of it when the loop is left",
    async run({ transport }) {
      const query = { topic: ["Job", "Evaluation"], namespace: "default" };
      const bytes = await transport.stream({ method: "GET", path: "/event/stream", query }, never());
      for await (const chunk of bytes) {
        assert.ok(chunk.byteLength > 0);
        break;
      }
    },
  },
  {
    name: "reports a refusal before a long reply begins",
    async run({ transport }) {
      const call: ApiCall = { method: "GET", path: "/event/stream", query: { topic: "Job", region: "nowhere" } };
      await assert.rejects(transport.stream(call, never()), isCode("NOMAD_E_API_REGION"));
    },
  },
  {
    name: "names its address without credentials",
    run({ transport }) {
      assert.match(transport.address, /^(https?|unix):\/\/[^@]+$/);
      return Promise.resolve();
    },
  },
];

async function withJob(transport: NomadTransport, id: string, act: (id: string) => Promise<void>): Promise<void> {
  try {
    await registerConformanceJob(transport, conformanceJob(id, { exitCode: 0 }));
    await act(id);
  } finally {
    await discardJob(transport, id);
  }
}

function refusalCase(
  name: string,
  call: ApiCall,
  code: LauncherError["code"],
  text: RegExp,
): ConformanceCase<TransportSubject> {
  return {
    name,
    async run({ transport }) {
      await assert.rejects(
        transport.request(call, never()),
        (error) => isCode(code)(error) && text.test((error as Error).message),
      );
    },
  };
}

function isCode(code: LauncherError["code"]): (error: unknown) => boolean {
  return (error) => error instanceof LauncherError && error.code === code;
}
