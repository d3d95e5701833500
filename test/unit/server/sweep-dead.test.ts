import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ApiCall } from "../../../src/core/contracts/transport.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import type { SiteLauncher } from "../../../src/core/host/site-launcher.js";
import { submitterMark } from "../../../src/core/model/submitter-mark.js";
import { submitterOf, writeSubmitter } from "../../../src/core/sweep/submitter.js";
import { findDeadFolders } from "../../../src/server/dead-folders.js";
import { listenPrivately } from "../../../src/server/private-socket.js";
import { sweepDead, type SweepReport } from "../../../src/server/sweep-dead.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { fakeTransport } from "../../support/fake-transport.js";

const own = await submitterOf();
const dead = writeSubmitter({ ...own!, pid: "4194305" });
const clock = new ManualClock();
let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "sweep-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(parent, { recursive: true });
});

async function runFolder(name: string, text: string = JSON.stringify({ submitter: dead })): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, "run.json"), text);
  return folder;
}

describe("folders of dead runs", () => {
  it("are found by the process in run.json; what is live, half written or no run's is left alone", async () => {
    const found = await runFolder("mfn-dead");
    await runFolder("mfn-live", JSON.stringify({ submitter: writeSubmitter(own!) }));
    await runFolder("mfn-half", `{"submitter": "${dead}`);
    await runFolder("other-dead");
    await mkdir(join(parent, "mfn-empty"));
    expect(await findDeadFolders(clock, parent)).toEqual([found]);
  });

  it("are never links", async () => {
    await symlink(await runFolder("elsewhere"), join(parent, "mfn-link"));
    expect(await findDeadFolders(clock, parent)).toEqual([]);
  });

  it("are left alone while their host still works", async () => {
    const folder = await runFolder("mfn-dead");
    const server = createServer((socket) => socket.destroy());
    await listenPrivately(server, join(folder, "host.sock"));
    expect(await findDeadFolders(clock, parent)).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
    expect(await findDeadFolders(clock, parent)).toEqual([folder]);
  });

  it.runIf(process.getuid?.() === 0)("are never another user's, even with a run.json of ours", async () => {
    const folder = await runFolder("mfn-theirs");
    const { chown } = await import("node:fs/promises");
    await chown(folder, 65_534, 65_534);
    expect(await findDeadFolders(clock, parent)).toEqual([]);
  });
});

describe("a sweep", () => {
  it("goes on with the other jobs where one may not be stopped", async () => {
    vi.stubEnv("TMPDIR", parent);
    const stub = (ID: string) => ({ ID, Namespace: "team", Meta: { [submitterMark]: dead } });
    const request = (call: ApiCall) => {
      if (call.path === "/jobs") return [stub("kept"), stub("f-1")];
      if (!call.path.endsWith("/kept")) return {};
      throw new LauncherError("NOMAD_E_API_FORBIDDEN", { call: call.path, origin: "", reason: "", namespace: "" });
    };
    const site = { name: "lab", defaults: { namespace: "team" } };
    const launcher = { site, transport: fakeTransport({ request }) } as unknown as SiteLauncher;
    const told: string[] = [];
    const report: SweepReport = {
      stopped: ({ jobId }) => told.push(`stopped ${jobId}`),
      removed: (folder) => told.push(`removed ${folder}`),
      failed: (what) => told.push(`failed: ${what}`),
    };
    const folder = await runFolder("mfn-dead");
    await sweepDead([launcher], report, { clock }, AbortSignal.timeout(10_000));
    expect(told).toEqual(["failed: Job kept on site lab", "stopped f-1", `removed ${folder}`]);
    expect(await readdir(parent)).toEqual([]);
  });
});
