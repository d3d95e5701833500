import { Agent as Pool, request } from "undici";
import { systemClock } from "../src/core/host/system-clock.js";
import { type Figure, figure } from "./figures.ts";
import { deafSink, mockTask, openBenchHost, quantile, roomyAgent } from "./lab.ts";

const jobs = 1_000;
/** The host's own number of connections for calls. */
const atOnce = 8;

/** Registering many jobs by the host, beside a bare loop over as many connections that are kept alive. */
export async function register(): Promise<Figure[]> {
  // Nothing is scheduled: what is measured is the way to Nomad.
  await using agent = await roomyAgent({ num_schedulers: 0 });
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round += 1) {
    bare.push(await registerBare(agent.address, round));
    ours.push(await registerOurs(agent.address, round));
  }
  const [own, other] = [quantile(ours, 0.5), quantile(bare, 0.5)];
  return [figure("registering 1,000 jobs", "s", own, "bare loop", other, 1 / 0.9)];
}

async function registerOurs(address: string, round: number): Promise<number> {
  await using host = openBenchHost(address);
  const enough = new AbortController();
  const started = performance.now();
  let [left, seconds] = [jobs, 0];
  const all = Promise.withResolvers<undefined>();
  const report = ({ kind }: { readonly kind: string }) => {
    if (kind !== "submitted" || (left -= 1) > 0) return;
    seconds = (performance.now() - started) / 1_000;
    all.resolve(undefined);
  };
  const launches = Array.from({ length: jobs }, (_, index) => {
    const task = mockTask(`ours-${String(round)}-${String(index)}`, 1);
    return host.site().launch({ request: task, sink: deafSink, report, signal: enough.signal });
  });
  await Promise.race([all.promise, systemClock.sleep(120_000, enough.signal)]);
  enough.abort(new Error("measured"));
  await Promise.allSettled(launches);
  return seconds || Number.NaN;
}

async function registerBare(address: string, round: number): Promise<number> {
  await using host = openBenchHost(address);
  const { job } = host.site().compose(mockTask("bare", 1));
  const pool = new Pool({ connections: atOnce, pipelining: 1 });
  let next = 0;
  const work = async () => {
    for (let index = (next += 1); index <= jobs; index = next += 1) {
      const id = `bare-${String(round)}-${String(index)}`;
      const body = { Job: { ...job, ID: id, Name: id }, EnforceIndex: true, JobModifyIndex: 0 };
      const reply = await request(`${address}/v1/jobs`, {
        dispatcher: pool,
        method: "PUT",
        body: JSON.stringify(body),
      });
      await reply.body.json();
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: atOnce }, work));
  const seconds = (performance.now() - started) / 1_000;
  await pool.close();
  return seconds;
}
