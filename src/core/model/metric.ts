/** One thing that is counted or timed, as OpenMetrics describes it. */
interface Family {
  readonly type: "counter" | "gauge" | "histogram";
  readonly unit?: "seconds" | "bytes";
  readonly help: string;
}

const family = (type: Family["type"], help: string, unit?: Family["unit"]): Family => ({
  type,
  help,
  ...(unit !== undefined && { unit }),
});

/** All that a host tells of itself. Names end with their unit, as OpenMetrics asks; `metaflow_nomad_` goes before each. */
export const metricFamilies = {
  tasks: family("gauge", "Attempts under way, by what they wait for."),
  tasks_ended: family("counter", "Attempts that have ended, by their outcome; error where none could be told."),
  task_start_seconds: family("histogram", "From the call of an attempt to its task's start.", "seconds"),
  notice_seconds: family(
    "histogram",
    "From a task's end on its node, by the node's clock, to the verdict here.",
    "seconds",
  ),
  log_bytes: family("counter", "Output copied from tasks.", "bytes"),
  log_streams: family("gauge", "Output streams of tasks, followed over a connection of their own, or read in turns."),
  requests: family("counter", "Calls to Nomad, by kind and by HTTP status, or by the code of the error."),
  request_seconds: family("histogram", "From the sending of a call to the head of its reply.", "seconds"),
  requests_in_flight: family("gauge", "Calls whose reply has not begun."),
  retries: family("counter", "Calls that were sent again, by the error before."),
  watch_failures: family("counter", "Watches that broke or were refused, by the way of watching."),
  watch_changes: family("counter", "Changes to another way of watching, by the new one."),
} as const satisfies Readonly<Record<string, Family>>;

/** Name of a family, without its prefix `metaflow_nomad_`. */
export type MetricName = keyof typeof metricFamilies;

/** Labels of one series. Never a secret, and never what grows with the number of tasks (IDs, names of runs). */
export type MetricLabels = Readonly<Record<string, string>>;
