import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogStream } from "../../../src/core/contracts/log-sink.js";
import { canExec } from "../../../src/core/contracts/task-exec.js";
import type { Host } from "../../../src/core/host/host.js";
import type { LaunchProgress, Placement } from "../../../src/core/model/progress.js";
import { type Agent, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { openTestHost, Printed, uniqueId } from "../../support/launch-host.js";
import { request } from "../../support/builders.js";

const drivers = [{ driver: "raw_exec" }, { driver: "exec" }, { driver: "docker", image: TEST_IMAGE }];

describe("exec over WebSocket", () => {
  let agent: Agent & { token?: string };
  let host: Host;

  beforeAll(async () => {
    agent = await startAgent({ acl: true, exec: true, docker: true, quiet: true });
    host = openTestHost(agent.address, { auth: { token: agent.token ?? "" } });
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await agent.stop();
  });

  /** Runs a sleeping task for as long as `work` takes. */
  async function inTask<T>(over: object, work: (where: Placement) => Promise<T>): Promise<T> {
    const over_ = new AbortController();
    let placement: Placement | undefined;
    const started = Promise.withResolvers<Placement>();
    const report = (news: LaunchProgress) => {
      if (news.kind === "placed") placement = news.placement;
      if (news.kind === "started") started.resolve(placement!);
    };
    const asked = request({ jobId: uniqueId("exec"), argv: ["sleep", "120"], ...over });
    const going = host.site().launch({ request: asked, sink: new Printed(), report, signal: over_.signal });
    try {
      return await work(await started.promise);
    } finally {
      over_.abort();
      await going;
    }
  }

  it.each(drivers)("brings exit code, both streams and input of $driver", async (over) => {
    const { transport } = host.site();
    if (!canExec(transport)) throw new Error("the http transport can exec");
    const printed = new Printed();
    const code = await inTask(over, ({ allocationId, task, namespace }) =>
      transport.exec(
        { allocationId, task, namespace, command: ["sh", "-c", "read line; echo got $line; echo oops >&2; exit 5"] },
        {
          input: (async function* () {
            yield Buffer.from("é ${x}\n");
          })(),
          output: (stream, bytes) => printed.write(stream, bytes),
        },
        AbortSignal.timeout(60_000),
      ),
    );
    expect([code, printed.stdout, printed.stderr]).toEqual([5, "got é ${x}\n", "oops\n"]);
  });

  it.each(drivers)("gives a command of $driver a terminal, and tells it of changes", async (over) => {
    const { transport } = host.site();
    if (!canExec(transport)) throw new Error("the http transport can exec");
    const printed = new Printed();
    const ready = Promise.withResolvers<undefined>();
    const sizes = async function* () {
      yield { height: 24, width: 80 };
      await ready.promise;
      yield { height: 50, width: 132 };
    };
    const script = `until [ "$(stty size)" = "24 80" ]; do sleep 0.1; done; echo ready
      until [ "$(stty size)" = "50 132" ]; do sleep 0.1; done; test -t 1 && exit 6`;
    const output = (stream: LogStream, bytes: Uint8Array) => {
      printed.write(stream, bytes);
      if (printed.stdout.includes("ready")) ready.resolve(undefined);
    };
    const code = await inTask(over, ({ allocationId, task, namespace }) =>
      transport.exec(
        { allocationId, task, namespace, command: ["sh", "-c", script], tty: true },
        { output, sizes: sizes() },
        AbortSignal.timeout(60_000),
      ),
    );
    expect([code, printed.stdout, printed.stderr]).toEqual([6, "ready\r\n", ""]);
  });

  it("says what is refused: an unknown allocation, a token without the right", async () => {
    const { transport } = host.site();
    if (!canExec(transport)) throw new Error("the http transport can exec");
    const call = {
      allocationId: "00000000-0000-0000-0000-000000000000",
      task: "main",
      namespace: "default",
      command: ["true"],
    };
    const quiet = { output: () => undefined };
    await expect(transport.exec(call, quiet, AbortSignal.timeout(30_000))).rejects.toMatchObject({
      code: expect.stringMatching(/^NOMAD_E_/),
    });
    const { token } = await agent.createToken("least");
    await using other = openTestHost(agent.address, { auth: { token } });
    const least = other.site().transport;
    if (!canExec(least)) throw new Error("the http transport can exec");
    const refused = inTask({ driver: "raw_exec" }, ({ allocationId }) =>
      least.exec({ ...call, allocationId }, quiet, AbortSignal.timeout(30_000)),
    );
    await expect(refused).rejects.toMatchObject({ code: "NOMAD_E_API_FORBIDDEN" });
  });

  it("ends the command when nobody wants it any more", async () => {
    const { transport } = host.site();
    if (!canExec(transport)) throw new Error("the http transport can exec");
    const wish = new AbortController();
    const ended = inTask({ driver: "raw_exec" }, ({ allocationId, task, namespace }) =>
      transport.exec(
        { allocationId, task, namespace, command: ["sh", "-c", "echo on; sleep 60"] },
        { output: () => wish.abort(new Error("enough")) },
        wish.signal,
      ),
    );
    await expect(ended).rejects.toThrow("enough");
  });
});
