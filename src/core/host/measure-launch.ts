import type { Clock } from "../contracts/clock.js";
import type { LogSink } from "../contracts/log-sink.js";
import type { MetricsSink } from "../contracts/metrics.js";
import type { Launch } from "../launch/context.js";
import type { Outcome } from "../model/outcome.js";
import type { LaunchProgress } from "../model/progress.js";

/** What an attempt waits for, by the news that comes before. */
const states: Partial<Record<LaunchProgress["kind"], string>> = {
  submitted: "placement",
  waiting: "placement",
  placed: "start",
  started: "end",
};

/** Counts and times one attempt, whatever comes of it. */
export async function measureLaunch(
  asked: Launch,
  run: (task: Launch) => Promise<Outcome>,
  { site, metrics, clock }: { readonly site: string; readonly metrics: MetricsSink; readonly clock: Clock },
): Promise<Outcome> {
  const begun = clock.now();
  let waitsFor = "submission";
  const move = (to: string | undefined) => {
    metrics.add("tasks", { site, waits_for: waitsFor }, -1);
    if (to === undefined) return;
    waitsFor = to;
    metrics.add("tasks", { site, waits_for: waitsFor });
  };
  const report = (news: LaunchProgress) => {
    if (news.kind === "started") metrics.observe("task_start_seconds", { site }, (clock.now() - begun) / 1_000);
    const next = states[news.kind];
    if (next !== undefined) move(next);
    asked.report(news);
  };
  metrics.add("tasks", { site, waits_for: waitsFor });
  let outcome: Outcome | undefined;
  try {
    outcome = await run({ ...asked, report, sink: counted(asked.sink, site, metrics) });
    noteEnd(outcome, clock.now(), { site, metrics });
    return outcome;
  } finally {
    move(undefined);
    metrics.add("tasks_ended", { site, outcome: outcome?.kind ?? "error" });
  }
}

/** The node's own time of the end may be off; an end in the future is told as now. */
function noteEnd({ evidence }: Outcome, now: number, { site, metrics }: { site: string; metrics: MetricsSink }): void {
  const ended = evidence.taskEvents?.findLast(({ Type }) => Type === "Terminated")?.Time;
  // Nomad counts nanoseconds.
  if (ended !== undefined) metrics.observe("notice_seconds", { site }, Math.max(0, now - ended / 1e6) / 1_000);
}

function counted(sink: LogSink, site: string, metrics: MetricsSink): LogSink {
  return {
    ...(sink.resumeFrom !== undefined && { resumeFrom: sink.resumeFrom }),
    write: (stream, bytes, mark) => {
      metrics.add("log_bytes", { site, stream }, bytes.length);
      return sink.write(stream, bytes, mark);
    },
    end: () => sink.end(),
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}
