import type { AllocMetric, Evaluation } from "../core/model/evaluation.js";
import { Fields } from "./read-fields.js";

const statuses = ["blocked", "pending", "complete", "failed", "canceled"] as const;
const optionalNames = ["StatusDescription", "TriggeredBy", "NextEval", "PreviousEval", "BlockedEval"] as const;

/**
 * Reads an evaluation, whether from a list or from an event.
 * @throws LauncherError `NOMAD_E_API_REPLY`
 */
export function readEvaluation(value: unknown, call: string): Evaluation {
  const fields = new Fields(value, "evaluation", call);
  return {
    ID: fields.text("ID"),
    JobID: fields.text("JobID"),
    Namespace: fields.text("Namespace"),
    Status: fields.oneOf("Status", statuses),
    ModifyIndex: fields.number("ModifyIndex"),
    CreateIndex: fields.number("CreateIndex"),
    ...optionalTexts(fields),
    ...failuresOf(fields, call),
  };
}

function optionalTexts(fields: Fields): Partial<Record<(typeof optionalNames)[number], string>> {
  const found: Partial<Record<(typeof optionalNames)[number], string>> = {};
  for (const name of optionalNames) {
    const text = fields.optionalText(name);
    if (text !== undefined) found[name] = text;
  }
  return found;
}

function failuresOf(fields: Fields, call: string): Pick<Evaluation, "FailedTGAllocs"> {
  const raw = fields.object("FailedTGAllocs");
  if (raw === undefined) return {};
  // Not by assignment: a group may be called __proto__.
  const failures = Object.entries(raw).map(([group, metric]) => [group, readMetric(metric, group, call)] as const);
  return { FailedTGAllocs: Object.fromEntries(failures) };
}

const counts = ["NodesEvaluated", "NodesFiltered", "NodesInPool", "NodesExhausted", "CoalescedFailures"] as const;
const tallies = [
  "NodesAvailable",
  "ClassFiltered",
  "ConstraintFiltered",
  "ClassExhausted",
  "DimensionExhausted",
] as const;

function readMetric(value: unknown, group: string, call: string): AllocMetric {
  const fields = new Fields(value, `placement failure of group ${group}`, call);
  const metric: { -readonly [K in keyof AllocMetric]: AllocMetric[K] } = {};
  for (const name of counts) {
    const count = fields.optional(name, "number") as number | undefined;
    if (count !== undefined) metric[name] = count;
  }
  for (const name of tallies) {
    const tally = fields.object(name);
    if (tally !== undefined) metric[name] = numbersIn(tally);
  }
  const pool = fields.optionalText("NodePool");
  if (pool !== undefined) metric.NodePool = pool;
  const quotas = fields.list("QuotaExhausted");
  if (quotas !== undefined) metric.QuotaExhausted = quotas.map(String);
  const resources = fields.object("ResourcesExhausted");
  if (resources !== undefined) metric.ResourcesExhausted = resources;
  return metric;
}

function numbersIn(tally: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(tally).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}
