import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Credentials } from "../../../src/core/contracts/credentials.js";
import type { Logger } from "../../../src/core/contracts/logger.js";
import type { NomadTransport } from "../../../src/core/contracts/transport.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import type { Allocation } from "../../../src/core/model/allocation.js";
import { conformanceJob, registerConformanceJob } from "../../../src/testing/conformance-jobs.js";
import { Watching } from "../../../src/testing/watching.js";
import { tokenFile } from "../../../src/transports/credentials/token-file.js";
import { createHttpTransport } from "../../../src/transports/http-transport.js";
import { createEventStreamWatcher } from "../../../src/transports/watchers/event-stream-watcher.js";
import { startAgent } from "../../support/cluster/index.mjs";
import { silentLogger } from "../../support/silent-logger.js";
import { never, siteAt, transportTo } from "../../support/transport-site.js";

const jobs = { method: "GET", path: "/jobs" } as const;
const anonymous: Credentials = {
  origin: "no token",
  token: () => Promise.resolve(undefined),
  refresh: () => Promise.resolve(false),
};

describe("HTTP transport on an agent that allows few connections", () => {
  it("tries again after a 429, and gets through when there is room", async () => {
    const agent = await startAgent({ quiet: true, limits: { http_max_conns_per_client: 6 } });
    const told: unknown[] = [];
    try {
      // Connections of the agent's own set-up may still be closing, hence more than the limit.
      const idle = Array.from({ length: 8 }, () => connect(agent.httpPort, "127.0.0.1").on("error", () => undefined));
      await Promise.all(idle.map((socket) => once(socket, "connect")));
      const debug: Logger["debug"] = ({ code }) => {
        // Each call has a line of its own, too.
        if (code === undefined) return;
        told.push(code);
        for (const socket of idle) socket.destroy();
      };
      const parts = { credentials: anonymous, clock: systemClock, logger: { ...silentLogger, debug } };
      await using transport = createHttpTransport({ site: siteAt(agent.address), ...parts });
      expect((await transport.request(jobs, never())).status).toBe(200);
      expect(told[0]).toBe("NOMAD_E_API_BUSY");
    } finally {
      await agent.stop();
    }
  });
});

describe("HTTP transport inside a task", () => {
  it("speaks to the Task API by the task's own socket and workload identity", async () => {
    const agent = await startAgent({ quiet: true });
    try {
      await using direct = transportTo(siteAt(agent.address));
      const secrets = join(agent.dir, "data/alloc", await startTaskWithIdentity(direct), "main/secrets");
      const credentials = tokenFile({ tokenFile: join(secrets, "nomad_token") }) ?? anonymous;
      const site = siteAt(`unix://${join(secrets, "api.sock")}`);
      await using inside = createHttpTransport({ site, credentials, clock: systemClock, logger: silentLogger });
      const reply = await inside.request({ method: "GET", path: "/job/identity" }, never());
      expect(reply.body).toMatchObject({ ID: "identity" });
      // Without a token the same socket answers 401, ACLs or not.
      await using nobody = transportTo(site);
      await expect(nobody.request(jobs, never())).rejects.toMatchObject({ code: "NOMAD_E_API_FORBIDDEN" });
    } finally {
      await agent.stop();
    }
  });
});

describe("event stream on an agent that ends", () => {
  it("takes up again when the agent is back, and shows what it missed", async () => {
    const agent = await startAgent({ quiet: true, dev: false });
    try {
      await using transport = transportTo(siteAt(agent.address));
      await registerConformanceJob(transport, conformanceJob("survivor", { exitCode: 0, seconds: 3 }));
      const watching = new Watching(untiring(transport), ["survivor"]);
      await watching.until((seen) => seen.some(({ allocations }) => allocations[0]?.ClientStatus === "running"));
      await agent.kill();
      await agent.restart();
      await watching.until((seen) => seen.some(({ allocations }) => allocations[0]?.ClientStatus === "complete"));
      await watching.stop();
    } finally {
      await agent.stop();
    }
  });
});

/** The watcher, started again whenever it gives up: what the watch loop does with its ladder. */
function untiring(transport: NomadTransport) {
  const watcher = createEventStreamWatcher({ transport, clock: systemClock });
  return {
    name: watcher.name,
    async *watch(...[scope, signal]: Parameters<typeof watcher.watch>) {
      while (!signal.aborted) {
        try {
          yield* watcher.watch(scope, signal);
        } catch {
          await systemClock.sleep(100, signal).catch(() => undefined);
        }
      }
    },
  };
}

/** Starts a task that has its identity in a file; returns its allocation's ID. */
async function startTaskWithIdentity(transport: NomadTransport): Promise<string> {
  const { TaskGroups, ...job } = conformanceJob("identity", { exitCode: 0, seconds: 60 });
  const [group] = TaskGroups;
  const tasks = group.Tasks.map((task) => ({ ...task, Identity: { File: true } }));
  const body = { Job: { ...job, TaskGroups: [{ ...group, Tasks: tasks }] } };
  await transport.request({ method: "PUT", path: "/jobs", body }, never());
  for (;;) {
    const reply = await transport.request({ method: "GET", path: "/job/identity/allocations" }, never());
    const started = (reply.body as Allocation[]).find(({ ClientStatus }) => ClientStatus === "running");
    if (started !== undefined) return started.ID;
    await systemClock.sleep(100, never());
  }
}
