import { Child } from "./child.ts";
import { type Figure, figure } from "./figures.ts";
import { deafSink, mockTask, openBenchHost, quantile, roomyAgent } from "./lab.ts";

interface Sighting {
  readonly jobId: string;
  readonly at: number;
}

/**
 * How long after the end of a task its verdict is there: beside a process of its own that holds a blocking list query (its
 * first sight of the end counts as the end), and one that lists every second.
 */
export async function notice(): Promise<Figure[]> {
  const figures: Figure[] = [];
  await using agent = await roomyAgent();
  for (const count of [1, 50, 300]) figures.push(...(await noticeOf(agent.address, count)));
  return figures;
}

async function noticeOf(address: string, count: number): Promise<Figure[]> {
  const prefix = `notice-${String(count)}-`;
  await using blocking = new Child<Sighting>("witness", [address, "blocking", prefix]);
  await using poll = new Child<Sighting>("witness", [address, "poll", prefix]);
  await using host = openBenchHost(address);
  const rounds = count === 1 ? 15 : 1;
  const verdicts = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const launch = async (index: number) => {
      const jobId = `${prefix}${String(round)}-${String(index)}`;
      // As many as sixteen start in a second: those that start late run shorter, so that all run at once.
      const task = mockTask(jobId, count === 1 ? 1 : 6 + (count - index) / 16 + (index % 16) / 2);
      const signal = AbortSignal.timeout(300_000);
      await host.site().launch({ request: task, sink: deafSink, report: () => undefined, signal });
      verdicts.set(jobId, Date.now());
    };
    await Promise.all(Array.from({ length: count }, (_, index) => launch(index)));
  }
  await poll.until(() => poll.said.length >= count * rounds, 30);
  const after = (said: readonly Sighting[]) => said.map(({ jobId, at }) => (verdicts.get(jobId) ?? 0) - at);
  const ours = after(blocking.said);
  const ends = new Map(blocking.said.map(({ jobId, at }) => [jobId, at]));
  const polled = poll.said.map(({ jobId, at }) => at - (ends.get(jobId) ?? 0));
  const what = `notice, ${String(count)} tasks`;
  return [
    figure(`${what}, p50`, "ms", quantile(ours, 0.5), "goal", 25, 1),
    figure(`${what}, p95`, "ms", quantile(ours, 0.95), "goal", 100, 1),
    figure(`${what}, p50, beside a poller`, "ms", quantile(ours, 0.5), "1 s poller", quantile(polled, 0.5), 0.5),
  ];
}
