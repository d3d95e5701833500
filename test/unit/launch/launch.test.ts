import { describe, expect, it } from "vitest";
import type { ApiCall } from "../../../src/core/contracts/transport.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { definePlugin } from "../../../src/core/contracts/plugin.js";
import { Host } from "../../../src/core/host/host.js";
import { driversPlugin } from "../../../src/drivers/plugin.js";
import { builtinPlugin } from "../../../src/plugins/builtin.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { transportsPlugin } from "../../../src/transports/plugin.js";
import { request, site } from "../../support/builders.js";
import { fakeTransport } from "../../support/fake-transport.js";
import { Printed } from "../../support/launch-host.js";
import { silentLogger } from "../../support/silent-logger.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import type { LaunchProgress } from "../../../src/core/model/progress.js";

const refused = (status: number, reason: string) =>
  new LauncherError("NOMAD_E_API_REFUSED", { call: "PUT", status, reason });

/** Launches against scripted replies; what is not scripted answers with an empty object. */
async function launchOn(
  answer: (call: ApiCall) => unknown,
  over: Partial<LaunchRequest>,
  signal = AbortSignal.any([]),
) {
  const transport = fakeTransport({ request: (call) => answer(call) ?? {} });
  const fake = definePlugin({
    name: "fake",
    apiVersion: "1",
    setup: (registrar) => registrar.transport("fake", () => transport),
  });
  const plugins = [transportsPlugin, driversPlugin, builtinPlugin, fake];
  const sites = { lab: site({ transport: "fake", watch: "poll" }) };
  const host = new Host({ sites, defaultSite: "lab", plugins, clock: new ManualClock(), logger: silentLogger });
  const told: LaunchProgress[] = [];
  const launched = host
    .site()
    .launch({ request: request(over), sink: new Printed(), report: (news) => told.push(news), signal });
  const outcome = await launched.catch((error: unknown) => error);
  const deleted = transport.calls.filter(({ method }) => method === "DELETE").map(({ path }) => path);
  return { outcome, deleted, told, calls: transport.calls };
}

const gone = new LauncherError("NOMAD_E_TRANSPORT_UNREACHABLE", { address: "x", site: "lab", reason: "gone" });
const broken = new LauncherError("NOMAD_E_TRANSPORT_BROKEN", {
  address: "x",
  site: "lab",
  call: "PUT",
  reason: "reset",
});

const fail = (error: Error): never => {
  throw error;
};

describe("launch", () => {
  it("leaves another's job of the same ID, and its variable, alone", async () => {
    const { outcome, deleted } = await launchOn(
      ({ path, method }) => {
        if (path.startsWith("/var/")) return fail(refused(409, "cas error"));
        if (path === "/jobs" && method === "PUT")
          return fail(refused(500, "Enforcing job modify index 0: job already exists"));
        return path === "/job/job" ? { Meta: { owner: "somebody" } } : [];
      },
      { secretEnv: { KEY: "hidden" } },
    );
    expect(outcome).toMatchObject({ code: "NOMAD_E_LAUNCH_DUPLICATE" });
    expect(deleted).toEqual([]);
  });

  it("writes no secret for a request that is refused", async () => {
    const { outcome, calls } = await launchOn(() => [], { secretEnv: { KEY: "hidden" }, env: { "bad\0name": "x" } });
    expect(outcome).toBeInstanceOf(LauncherError);
    expect(calls).toEqual([]);
  });

  it("keeps what a reference stands for in the job's variable, and refuses a reference to nothing", async () => {
    const { calls } = await launchOn(
      ({ path, method }) => (path === "/jobs" && method === "PUT" ? fail(refused(400, "no")) : []),
      { secrets: { KEY: "env:PATH" } },
    );
    const kept = calls.find(({ method, path }) => method === "PUT" && path.startsWith("/var/"));
    expect(kept?.body).toMatchObject({ Items: { KEY: process.env["PATH"] } });
    const registered = calls.find(({ method, path }) => method === "PUT" && path === "/jobs");
    expect(JSON.stringify(registered?.body)).not.toContain(process.env["PATH"]);
    const absent = await launchOn(() => [], { secrets: { KEY: "env:NO_SUCH_VARIABLE" } });
    expect(String(absent.outcome)).toContain("NO_SUCH_VARIABLE is not set here");
    expect(absent.calls).toEqual([]);
  });

  it("drops the secrets when the job could not be registered", async () => {
    const { outcome, deleted } = await launchOn(
      ({ path, method }) => (path === "/jobs" && method === "PUT" ? fail(refused(400, "no")) : []),
      { secretEnv: { KEY: "hidden" } },
    );
    expect(outcome).toMatchObject({ code: "NOMAD_E_API_REFUSED" });
    expect(deleted).toContain("/var/nomad/jobs/job");
  });

  it("says so when a job could not be stopped", async () => {
    const wish = new AbortController();
    const { outcome, told } = await launchOn(
      ({ path, method }) => {
        if (path === "/jobs" && method === "PUT") wish.abort(new Error("enough"));
        if (path === "/job/job") return fail(gone);
        return path === "/jobs" ? { EvalID: "e1" } : [];
      },
      {},
      wish.signal,
    );
    expect(outcome).toMatchObject({ kind: "stopped" });
    const warnings = told.flatMap((news) => (news.kind === "warning" ? [news.message] : []));
    expect(warnings.join()).toContain("stop it with: nomad job stop job");
  });

  /** Replies of a Nomad that has the job under our mark, although registering it failed. */
  const arrived = (error: Error) => {
    let registered: unknown;
    return ({ path, method, body }: ApiCall) => {
      if (path === "/jobs" && method === "PUT") {
        registered = (body as { readonly Job: unknown }).Job;
        return fail(error);
      }
      return path === "/job/job" && method === "GET" ? registered : [];
    };
  };

  it.each([
    ["was cut off: it may have arrived", broken, ["/job/job"]],
    ["was never sent", gone, []],
  ])("owes a stop only where the registration %s", async (_name, error, stopped) => {
    const { outcome, deleted } = await launchOn(arrived(error), {});
    expect(outcome).toBe(error);
    expect(deleted).toEqual(stopped);
  });

  it("stops its job where Nomad took it and could not be asked for more", async () => {
    let marked: unknown;
    const { outcome, deleted } = await launchOn(({ path, method, body }) => {
      if (path === "/jobs" && method === "PUT") {
        marked = (body as { readonly Job: unknown }).Job;
        return { EvalID: "" };
      }
      if (path === "/job/job/evaluations") return fail(gone);
      return path === "/job/job" && method === "GET" ? marked : [];
    }, {});
    expect(outcome).toBe(gone);
    expect(deleted).toEqual(["/job/job"]);
  });

  it("leaves another's job alone where the registration was cut off", async () => {
    const { deleted } = await launchOn(({ path, method }) => {
      if (path === "/jobs" && method === "PUT") return fail(broken);
      return path === "/job/job" ? { Meta: { owner: "somebody" } } : [];
    }, {});
    expect(deleted).toEqual([]);
  });

  it.each([
    ["its own, of a host that died", true, ["/job/job"]],
    ["another's", false, []],
  ])("that is not wanted any more before it registers stops a job that is %s", async (_name, ours, stopped) => {
    const wish = new AbortController();
    wish.abort(new Error("enough"));
    const first = await launchOn(({ path }) => (path === "/jobs" ? fail(refused(400, "no")) : []), {});
    const body = first.calls.find(({ path, method }) => path === "/jobs" && method === "PUT")?.body;
    const { Meta } = (body as { Job: { Meta: object } }).Job;
    const present = { Meta: ours ? Meta : { owner: "somebody" } };
    const { outcome, deleted } = await launchOn(({ path }) => (path === "/job/job" ? present : []), {}, wish.signal);
    expect(outcome).toMatchObject({ kind: "stopped" });
    expect(deleted).toEqual(stopped);
  });
});
