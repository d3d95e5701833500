import { Agent as Pool, request } from "undici";
import { CountingProxy } from "../test/support/counting-proxy.js";
import { type Figure, figure } from "./figures.ts";
import { deafSink, mockTask, openBenchHost, roomyAgent } from "./lab.ts";

const tasks = 300;
/** Without a limit the poller would run into Nomad's: 100 connections for each client. */
const pool = new Pool({ connections: 20 });

/** Requests for each of many tasks of 30 s, without those for its output, beside a poller that asks for each every second. */
export async function requests(): Promise<Figure[]> {
  await using agent = await roomyAgent();
  await using ours = await CountingProxy.before(agent.httpPort);
  await using theirs = await CountingProxy.before(agent.httpPort);
  await using host = openBenchHost(ours.address);
  const launch = async (index: number) => {
    const jobId = `requests-${String(index)}`;
    const placed = Promise.withResolvers<undefined>();
    const report = ({ kind }: { readonly kind: string }) => {
      if (kind === "placed") placed.resolve(undefined);
    };
    const signal = AbortSignal.timeout(300_000);
    const launched = host.site().launch({ request: mockTask(jobId, 30), sink: deafSink, report, signal });
    await placed.promise;
    await Promise.all([launched, pollEverySecond(theirs.address, jobId)]);
  };
  await Promise.all(Array.from({ length: tasks }, (_, index) => launch(index)));
  await pool.close();
  const of = (proxy: CountingProxy) => (proxy.count(/./) - proxy.count(/fs\/logs/)) / tasks;
  // The poller's job was registered by us: one request more.
  const polled = of(theirs) + 1;
  return [
    figure("requests per task, 300 tasks of 30 s", "", of(ours), "goal", 2, 1),
    figure("requests per task, beside a poller", "", of(ours), "1 s poller", polled, 0.2),
  ];
}

async function pollEverySecond(address: string, jobId: string): Promise<void> {
  for (;;) {
    const { body } = await request(`${address}/v1/job/${jobId}/allocations`, { dispatcher: pool });
    const [allocation] = (await body.json()) as { readonly ClientStatus: string }[];
    if (["complete", "failed"].includes(allocation?.ClientStatus ?? "")) return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
