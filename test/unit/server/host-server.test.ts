import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { Host } from "../../../src/core/host/host.js";
import type { Clock } from "../../../src/core/contracts/clock.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import { driversPlugin } from "../../../src/drivers/plugin.js";
import { builtinPlugin } from "../../../src/plugins/builtin.js";
import { definePlugin } from "../../../src/core/contracts/plugin.js";
import { HostServer } from "../../../src/server/host-server.js";
import { parseProtocol, runFile } from "../../../src/server/protocol.js";
import { transportsPlugin } from "../../../src/transports/plugin.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { site } from "../../support/builders.js";
import { fakeTransport } from "../../support/fake-transport.js";
import { silentLogger } from "../../support/silent-logger.js";

const step = { step: "start", launch: { resources: { memory: 100 } } };
const run = (over: object = {}) => ({
  version: 1,
  flow: "F",
  runId: "1",
  user: "u",
  flowDir: "/",
  datastore: { type: "local", root: "/srv/mf/.metaflow" },
  steps: [step],
  ...over,
});

function fakeHost(answer: (path: string) => unknown = () => ({})): Host {
  const fake = definePlugin({
    name: "fake",
    apiVersion: "1",
    setup: (registrar) => registrar.transport("fake", () => fakeTransport({ request: ({ path }) => answer(path) })),
  });
  const plugins = [transportsPlugin, driversPlugin, builtinPlugin, fake];
  const sites = { lab: site({ transport: "fake", shared: { path: "/srv/mf/" } }) };
  return new Host({ sites, defaultSite: "lab", plugins, clock: systemClock, logger: silentLogger });
}

async function serve(host: Promise<Host>, over: object = {}, clock: Clock = systemClock) {
  const folder = await mkdtemp(join(tmpdir(), "host-"));
  const parsed = parseProtocol(runFile, JSON.stringify(run(over)));
  const server = new HostServer({ folder, run: parsed, host, clock, logger: silentLogger });
  const served = server.serve();
  while (!existsSync(join(folder, "host.sock"))) await new Promise((resolve) => setTimeout(resolve, 5));
  return { folder, served, socket: createConnection(join(folder, "host.sock")) };
}

async function line(socket: Socket): Promise<Record<string, unknown>> {
  let text = "";
  for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
    text += String(bytes);
    if (text.includes("\n")) break;
  }
  return JSON.parse(text) as Record<string, unknown>;
}

const hello = '{"v":1,"kind":"run"}\n';

/** A cluster without any node. */
const noNode = (path: string) => (path.endsWith("/plan") ? { FailedTGAllocs: { main: { NodesEvaluated: 0 } } } : {});

describe("HostServer", () => {
  it("refuses a step that no node could take, before anything runs", async () => {
    const { served, socket } = await serve(Promise.resolve(fakeHost(noNode)));
    socket.write(hello);
    expect(await line(socket)).toMatchObject({
      ok: false,
      error: {
        code: "NOMAD_E_REQUEST_UNPLACEABLE",
        step: "start",
        message: expect.stringContaining("no ready node") as string,
      },
    });
    socket.destroy();
    await served;
  });

  it("leaves a step with @catch to fail, and says so", async () => {
    const { served, socket } = await serve(Promise.resolve(fakeHost(noNode)), { steps: [{ ...step, caught: true }] });
    socket.write(hello);
    expect(await line(socket)).toMatchObject({
      ok: true,
      sites: { start: { warnings: ["Step start: at this moment no node could take it: no ready node."] } },
    });
    socket.destroy();
    await served;
  });

  it("does not check a run again that goes on after its host has died", async () => {
    const nobody = () => {
      throw new LauncherError("NOMAD_E_TRANSPORT_UNREACHABLE", { address: "x", site: "lab", reason: "gone" });
    };
    const { folder, served, socket } = await serve(Promise.resolve(fakeHost(nobody)));
    await writeFile(join(folder, "checked"), "");
    socket.write(hello);
    expect(await line(socket)).toMatchObject({ ok: true });
    socket.destroy();
    await served;
  });

  it("answers the runtime with what each step needs to know, and goes with it", async () => {
    const { folder, served, socket } = await serve(Promise.resolve(fakeHost()));
    socket.write(hello);
    expect(await line(socket)).toEqual({
      ok: true,
      sites: {
        start: {
          site: "lab",
          address: "fake",
          driver: "raw_exec",
          image: false,
          python: null,
          filesystem: "host",
          nodeUsers: true,
          becomes: false,
          sharedPath: "/srv/mf/",
          timeoutSeconds: 3600,
          warnings: [],
        },
      },
    });
    socket.destroy();
    await served;
    expect(existsSync(folder)).toBe(false);
  });

  it("passes on why no host could be composed", async () => {
    const broken = Promise.reject<Host>(new LauncherError("NOMAD_E_CONFIG_NOT_FOUND"));
    broken.catch(() => undefined);
    const { served, socket } = await serve(broken);
    socket.write(hello);
    expect(await line(socket)).toMatchObject({ ok: false, error: { code: "NOMAD_E_CONFIG_NOT_FOUND" } });
    socket.end('{"cmd":"close"}\n');
    await served;
  });

  it("names the step it refuses: a local datastore the nodes do not see", async () => {
    const datastore = { type: "local", root: "/srv/mfother" };
    const { served, socket } = await serve(Promise.resolve(fakeHost()), { datastore });
    socket.write(hello);
    const answer = await line(socket);
    expect(answer).toMatchObject({ ok: false, error: { code: "NOMAD_E_REQUEST_SHARED", step: "start" } });
    socket.end();
    await served;
  });

  it.each([
    ['{"version":1}', "NOMAD_E_HOST_PROTOCOL"],
    ['{"version":2}', "NOMAD_E_HOST_VERSION: This run speaks version 2"],
  ])("tells a client whose request %s is not understood, and ends it with code 1", async (asked, told) => {
    const { folder, served, socket } = await serve(Promise.resolve(fakeHost()));
    const file = join(folder, "request.json");
    await writeFile(file, asked);
    socket.write(`{"v":1,"kind":"task","request":${JSON.stringify(file)}}\n`);
    let said = "";
    for await (const bytes of socket) said += String(bytes);
    expect(said).toContain(told);
    expect(said.endsWith("\u0000\u0000\u0000\u00011")).toBe(true);
    const runtime = createConnection(join(folder, "host.sock"));
    runtime.end(hello);
    await served;
  });

  it("drops who does not speak the protocol, and goes on", async () => {
    const { folder, served, socket } = await serve(Promise.resolve(fakeHost()));
    socket.write("GET / HTTP/1.1\r\n\r\n");
    const runtime = createConnection(join(folder, "host.sock"));
    runtime.write(hello);
    expect(await line(runtime)).toMatchObject({ ok: true });
    socket.destroy();
    runtime.end();
    await served;
  });

  it("does not outlive those who came only to give up: the clients of a runtime that died with the host before", async () => {
    const clock = new ManualClock();
    const { socket, served } = await serve(Promise.resolve(fakeHost()), {}, clock);
    socket.write('{"v":1,"kind":"task","request":"/no/such/file","resume":null}\n');
    await new Promise((resolve) => socket.resume().once("close", resolve));
    await clock.advance(8_000);
    await served;
  });

  it("does not wait for ever for a runtime that never comes", async () => {
    const clock = new ManualClock();
    const { socket, served } = await serve(Promise.resolve(fakeHost()), {}, clock);
    socket.destroy();
    await clock.advance(8_000);
    await served;
  });

  it("leaves a live host alone: a second one in its folder is refused, and the first goes on", async () => {
    const { folder, served, socket } = await serve(Promise.resolve(fakeHost()));
    const parsed = parseProtocol(runFile, JSON.stringify(run()));
    const parts = { folder, run: parsed, clock: systemClock, logger: silentLogger };
    const second = new HostServer({ ...parts, host: Promise.resolve(fakeHost()) });
    await expect(second.serve()).rejects.toMatchObject({ code: "NOMAD_E_HOST_SOCKET" });
    expect(existsSync(join(folder, "host.sock"))).toBe(true);
    socket.write(hello);
    expect(await line(socket)).toMatchObject({ ok: true });
    socket.destroy();
    await served;
  });
});
