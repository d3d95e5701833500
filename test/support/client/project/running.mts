import assert from "node:assert/strict";
import { type EventBatch, LauncherError, type NomadClient } from "metaflow-nomad/client";
import { fails, first, running, service, textOf } from "./tools.mts";

const refused = ["NOMAD_E_API_NOT_FOUND", "NOMAD_E_API_SERVER", "NOMAD_E_API_REFUSED"] as const;

/** What an allocation lets be done with it. */
export async function allocations(nomad: NomadClient): Promise<void> {
  const id = await running(nomad, "web");
  const allocation = await nomad.allocations.read(id);
  assert.deepEqual([allocation.JobID, allocation.TaskStates?.["main"]?.State], ["web", "running"]);
  assert.equal((await nomad.allocations.list({ filter: `ID == "${id}"`, resources: true })).length, 1);
  const signal = AbortSignal.timeout(60_000);
  const { value } = await first(nomad.allocations.services(id, { signal }).watch(), (reply) => reply.value.length > 0);
  assert.equal(value[0]?.ServiceName, "web-web");
  assert.equal(typeof (await nomad.allocations.stats(id)).Timestamp, "number");
  assert.deepEqual(await nomad.allocations.checks(id), {});
  await nomad.allocations.signal(id, "SIGCONT", { task: "main" });
  await fails(nomad.allocations.signal(id, "SIGCONT", { task: "none" }), ...refused);
  await nomad.allocations.restart(id, { task: "main" });
  const restarted = nomad.allocations.read(id, { signal }).watch();
  await first(restarted, ({ value: { TaskStates: states } }) => states?.["main"]?.Restarts === 1);
  assert.match((await nomad.allocations.stop(id, { noShutdownDelay: true })).EvalID, /-/);
  await first(nomad.allocations.read(id).watch(), ({ value }) => value.ClientStatus === "complete");
  await nomad.allocations.gc(id);
}

/** Its output, its files, and commands in it. */
export async function output(nomad: NomadClient): Promise<void> {
  const id = await running(nomad, "web");
  const piece = await first(nomad.logs.follow(id, "main"));
  assert.equal(Buffer.from(piece.bytes).toString(), "hello from 0\n");
  assert.equal(await logOf(nomad.logs.read(id, "main", { stream: "stderr" })), "oops\n");
  assert.equal(await logOf(nomad.logs.read(id, "main", { after: piece.mark })), "");
  const files = (await nomad.fs.ls(id, "alloc/logs")).map(({ Name }) => Name);
  assert(files.includes("main.stdout.0"), files.join());
  const file = "alloc/logs/main.stdout.0";
  assert.equal((await nomad.fs.stat(id, file)).Size, 13);
  assert.equal(await textOf(nomad.fs.cat(id, file)), "hello from 0\n");
  assert.equal(await textOf(nomad.fs.readAt(id, file, { offset: 6, limit: 4 })), "from");
  assert.equal(await textOf(nomad.fs.readAt(id, file, { offset: 6 })), "from 0\n");
  const followed = await first(nomad.fs.stream(id, file, { offset: 6 }), ({ bytes }) => bytes.length > 0);
  assert.equal(Buffer.from(followed.bytes).toString(), "from 0\n");
  await fails(nomad.fs.stat(id, "none"), "NOMAD_E_API_NOT_FOUND", "NOMAD_E_API_SERVER");
  await commands(nomad, id);
}

async function logOf(pieces: AsyncIterable<{ readonly bytes: Uint8Array }>): Promise<string> {
  let text = "";
  for await (const { bytes } of pieces) text += Buffer.from(bytes).toString();
  return text;
}

async function commands(nomad: NomadClient, allocationId: string): Promise<void> {
  const said = { stdout: "", stderr: "" };
  const command = ["sh", "-c", "read line; echo got $line; echo oops >&2; exit 5"];
  const code = await nomad.exec.run(
    { allocationId, task: "main", command },
    {
      input: (async function* () {
        yield Buffer.from("word\n");
      })(),
      output: (stream, bytes) => void (said[stream] += Buffer.from(bytes).toString()),
    },
  );
  assert.deepEqual([code, said.stdout, said.stderr], [5, "got word\n", "oops\n"]);
  await terminalAndAction(nomad, allocationId);
}

async function terminalAndAction({ exec }: NomadClient, allocationId: string): Promise<void> {
  let said = "";
  const output = (_stream: string, bytes: Uint8Array) => void (said += Buffer.from(bytes).toString());
  const where = { allocationId, task: "main" };
  assert.equal(
    await exec.run({ ...where, command: ["sh", "-c", "test -t 0 && echo a terminal"], tty: true }, { output }),
    0,
  );
  assert.equal(await exec.action({ ...where, jobId: "web", name: "greet" }, { output }), 0);
  assert.equal(said, "a terminal\r\ngood day\n");
  await fails(exec.action({ ...where, jobId: "web", name: "none" }, { output }), ...refused);
}

/** A log that is followed to the end of its task, by itself. */
export async function wholeLog(nomad: NomadClient): Promise<void> {
  const script = "for n in 1 2 3 4 5; do echo line $n; sleep 0.2; done";
  const task = { Name: "main", Driver: "raw_exec", Config: { command: "sh", args: ["-c", script] } };
  const groups = [{ Name: "main", Tasks: [task] }];
  await nomad.jobs.register({ ID: "counting", Type: "batch", Datacenters: ["*"], TaskGroups: groups });
  const placed = await first(nomad.jobs.allocations("counting").watch(), ({ value }) => value.length > 0);
  const text = await logOf(nomad.logs.follow(placed.value[0]?.ID ?? "", "main"));
  assert.equal(text, [1, 2, 3, 4, 5].map((n) => `line ${n}\n`).join(""));
  await nomad.jobs.deregister("counting", { purge: true });
}

/** What happens, as it happens. */
export async function events(nomad: NomadClient): Promise<void> {
  // The stream may not be open yet when the job is registered: that is done again and again.
  const stop = new AbortController();
  const registering = (async () => {
    for (let n = 0; !stop.signal.aborted; n += 1) {
      await nomad.jobs.register({ ...service("evented", { Count: 0 }), Meta: { n: String(n) } });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  const { Index, Events } = await jobEvent(nomad);
  stop.abort();
  await registering;
  const event = Events.find(({ Topic }) => Topic === "Job");
  assert.deepEqual([event?.Type, event?.Key, event?.Payload.Job?.ID], ["JobRegistered", "evented", "evented"]);
  assert(Index > 0);
  await nomad.jobs.deregister("evented", { purge: true });
}

/** Nomad may drop the oldest events while a stream begins with them: that is said, and one begins again. */
async function jobEvent(nomad: NomadClient): Promise<EventBatch> {
  for (;;) {
    const stream = nomad.events.stream({ topics: ["Job:evented"], signal: AbortSignal.timeout(60_000) });
    try {
      return await first(stream);
    } catch (error) {
      if (!(error instanceof LauncherError) || error.code !== "NOMAD_E_WATCH_GAP") throw error;
    }
  }
}

/** Canaries: held, promoted, failed. */
export async function deployments(nomad: NomadClient): Promise<void> {
  const update = { MaxParallel: 1, Canary: 1, MinHealthyTime: 1_000_000, HealthCheck: "manual", AutoPromote: false };
  const version = (n: number) => ({ ...service("canary", { Update: update, Services: [] }), Meta: { n: String(n) } });
  const signal = AbortSignal.timeout(90_000);
  const latest = async (right: (status: string, version: number) => boolean) =>
    (
      await first(nomad.jobs.latestDeployment("canary", { signal }).watch(), ({ value }) =>
        value !== null ? right(value.Status, value.JobVersion) : false,
      )
    ).value?.ID ?? "";
  await nomad.jobs.register(version(0));
  const one = await latest((status) => status === "running");
  await healthy(nomad, one, signal);
  await first(nomad.deployments.read(one, { signal }).watch(), ({ value }) => value.Status === "successful");
  await nomad.jobs.register(version(1));
  const two = await latest((status, job) => status === "running" && job === 1);
  await nomad.deployments.pause(two, true);
  assert.equal((await nomad.deployments.read(two)).Status, "paused");
  await nomad.deployments.pause(two, false);
  await healthy(nomad, two, signal);
  await nomad.deployments.promote(two, { groups: ["main"] });
  assert.equal((await nomad.deployments.read(two)).TaskGroups?.["main"]?.Promoted, true);
  await nomad.jobs.register(version(2));
  const three = await latest((status, job) => status === "running" && job === 2);
  await nomad.deployments.fail(three);
  assert.equal((await nomad.deployments.read(three)).Status, "failed");
  await fails(nomad.deployments.unblock(three), "NOMAD_E_API_SERVER", "NOMAD_E_API_REFUSED");
  assert((await nomad.deployments.list({ filter: 'JobID == "canary"' })).length >= 3);
  await nomad.jobs.deregister("canary", { purge: true });
}

async function healthy(nomad: NomadClient, id: string, signal: AbortSignal): Promise<void> {
  const placed = await first(nomad.deployments.allocations(id, { signal }).watch(), ({ value }) =>
    value.some(({ ClientStatus }) => ClientStatus === "running"),
  );
  await nomad.deployments.setAllocationHealth(id, { healthy: placed.value.map(({ ID }) => ID) });
}
