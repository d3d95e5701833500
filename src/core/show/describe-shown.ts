import type { Outcome } from "../model/outcome.js";
import type { Shown, ShownAllocation, ShownJob } from "./read-shown.js";

/** Everything about one job in lines for a reader. */
export function describeShown({ job, allocation }: Shown, why: Outcome | string | undefined): string[] {
  return [
    ...describeJob(job),
    ...(allocation === undefined ? [] : describeAllocation(allocation)),
    ...describeVerdict(why),
    ...(allocation === undefined ? [] : describeTasks(job, allocation)),
    ...(allocation === undefined ? [] : describePlacement(allocation)),
  ];
}

function describeJob({ ID, Namespace, Type, Status, Stop, Meta, SubmitTime }: ShownJob): string[] {
  const meta = (name: string) => Meta?.[`metaflow.${name}`] ?? "?";
  const run = [meta("flow_name"), meta("run_id"), meta("step_name"), meta("task_id")].join("/");
  const own = Meta?.["metaflow.flow_name"] === undefined;
  return [
    `Job         ${ID} (${Type}, ${Status}${Stop ? ", stopped" : ""}), namespace ${Namespace}${at(SubmitTime)}`,
    ...(own ? [] : [`Metaflow    ${run}, attempt ${meta("attempt")}, by ${meta("user")}`]),
  ];
}

function describeAllocation(allocation: ShownAllocation): string[] {
  const { ID, NodeName, ClientStatus, DesiredStatus, ClientDescription, CreateTime } = allocation;
  const wanted = DesiredStatus === "run" ? "" : `, wanted: ${DesiredStatus}`;
  const said = ClientDescription === "" ? "" : `; ${ClientDescription}`;
  return [`Allocation  ${ID} on ${NodeName}: ${ClientStatus}${wanted}${said}${at(CreateTime)}`];
}

function describeVerdict(why: Outcome | string | undefined): string[] {
  if (why === undefined) return [];
  if (typeof why === "string") return [`Verdict     ${why}`];
  const advice = why.advice === "" ? [] : [`            ${why.advice}`];
  return [`Verdict     ${why.kind}: ${why.sentence}`, ...advice];
}

/** In the order they run in. */
const hooks = ["prestart", "main", "poststart", "poststop"];

function describeTasks(job: ShownJob, { TaskGroup, TaskStates }: ShownAllocation): string[] {
  const tasks = job.TaskGroups.find(({ Name }) => Name === TaskGroup)?.Tasks ?? [];
  const hookOf = (task: (typeof tasks)[number]) => task.Lifecycle?.Hook ?? "main";
  const ordered = tasks.toSorted((a, b) => hooks.indexOf(hookOf(a)) - hooks.indexOf(hookOf(b)));
  return ordered.flatMap((task) => {
    const { CPU, MemoryMB } = task.Resources;
    const role = task.Lifecycle?.Sidecar === true ? "sidecar" : hookOf(task);
    const state = TaskStates?.[task.Name];
    const failed = state?.Failed === true ? ", failed" : "";
    const times = (state?.Restarts ?? 0) > 0 ? `, restarted ${String(state?.Restarts)} times` : "";
    const head = `Task        ${task.Name} (${role}, ${task.Driver}, ${String(CPU)} MHz, ${String(MemoryMB)} MB): ${state?.State ?? "not started"}${failed}${times}`;
    const events = state?.Events ?? [];
    return [
      head,
      ...events.map(({ Time, Type, DisplayMessage }) => `  ${clockTime(Time)}  ${Type}: ${DisplayMessage}`),
    ];
  });
}

function describePlacement({ Metrics, NodeID }: ShownAllocation): string[] {
  if (!Metrics) return [];
  const { NodesEvaluated, NodesFiltered, NodesExhausted, ConstraintFiltered, DimensionExhausted } = Metrics;
  const because = Object.entries({ ...ConstraintFiltered, ...DimensionExhausted }).map(
    ([what, nodes]) => `${what}: ${String(nodes)}`,
  );
  const why = because.length === 0 ? "" : ` (${because.join("; ")})`;
  const numbers = `${String(NodesEvaluated)} node${NodesEvaluated === 1 ? "" : "s"} looked at, ${String(NodesFiltered)} unfit, ${String(NodesExhausted)} full${why}`;
  const chosen = Metrics.ScoreMetaData?.find((score) => score.NodeID === NodeID);
  const scores = Object.entries(chosen?.Scores ?? {}).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  return [
    `Placement   ${numbers}`,
    ...(chosen === undefined ? [] : [`            score ${chosen.NormScore.toFixed(2)}: ${scores.join(", ")}`]),
  ];
}

const at = (nanoseconds: number) => (nanoseconds > 0 ? `, ${clockTime(nanoseconds)}` : "");
const clockTime = (nanoseconds: number) => new Date(nanoseconds / 1e6).toISOString().replace(/\.\d+Z$/, "Z");
