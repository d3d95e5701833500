import type { TaskEvent } from "../model/allocation.js";
import type { PlacedFacts } from "./facts.js";
import { askedFor, end, type Finding, messageOf, signalName, terminated } from "./finding.js";

/** What the task itself, or its driver, did: rows of the outcome table. */

/** How the task's process ended; undefined where it never ran. */
function ending({ run }: PlacedFacts) {
  const last = terminated(run);
  if (last === undefined) return undefined;
  const { ExitCode: code = 0, Signal: signal = 0 } = last;
  const is = { exitCode: code, ...(signal > 0 && { signal }) };
  return { code, signal, is, oom: last.Details?.["oom_killed"] === "true" };
}

export function oomReported(facts: PlacedFacts): Finding | undefined {
  const ended = ending(facts);
  return ended?.oom === true ? { ...outOfMemory(facts), ...ended.is } : undefined;
}

export function succeeded(facts: PlacedFacts): Finding | undefined {
  const ended = ending(facts);
  if (ended === undefined || ended.code !== 0 || ended.signal !== 0) return undefined;
  return { ...end("succeeded", "The task finished", "", false), ...ended.is };
}

/**
 * The script around a step says by its exit code what it could not do: fetch the code package, make the environment. The
 * step itself may exit with the same code; but only the script prints the sign.
 */
export function setUp(facts: PlacedFacts): Finding | undefined {
  const ended = ending(facts);
  const known = ended && facts.request.exitMeanings?.[String(ended.code)];
  if (known === undefined) return undefined;
  const { sign = "", ...meaning } = known;
  if (facts.lastWords?.includes(sign) === false) return undefined;
  const sentence = meaning.sentence.replaceAll("{node}", facts.allocation.NodeName);
  return afterRestarts({ kind: "failed", ...meaning, sentence, ...ended?.is }, facts);
}

/** 137 alone is ambiguous: a stop that times out gives it too. On cgroup v2 Nomad often misses an out-of-memory kill. */
export function oomInferred(facts: PlacedFacts): Finding | undefined {
  const ended = ending(facts);
  const isolated = facts.driver.capabilities.filesystem === "isolated";
  if (ended === undefined || !isSigkill(ended) || askedFor(facts.run) || !isolated) return undefined;
  return { ...outOfMemory(facts, { guessed: true }), ...ended.is };
}

export function signal(facts: PlacedFacts): Finding | undefined {
  const ended = ending(facts);
  if (ended === undefined || ended.signal === 0) return undefined;
  return failed(`was ended by signal ${signalName(ended.signal)}`, ended, facts);
}

export function exitCode(facts: PlacedFacts): Finding | undefined {
  const ended = ending(facts);
  return ended && failed(`exited with code ${ended.code}`, ended, facts);
}

/** What the driver knows of its own failures: the image, the command, its configuration. */
export function driverKnown({ driver, run, request }: PlacedFacts): Finding | undefined {
  const diagnosis = driver.explain?.(run, request);
  return diagnosis && { ...diagnosis, sentence: `${diagnosis.sentence.replace(/\.$/, "")}.` };
}

export function driverOther({ driver, run }: PlacedFacts): Finding | undefined {
  const failure = run.findLast(
    (event: TaskEvent) => /failure|failed|error/i.test(event.Type) && messageOf(event) !== "",
  );
  if (failure === undefined) return undefined;
  return end(
    "driver-failed",
    `The task could not be started by driver ${driver.name}: ${messageOf(failure)}`,
    "The message is the driver's own; `nomad alloc status` and your ops team can tell more.",
    true,
  );
}

export function unexplained({ allocation, run }: PlacedFacts): Finding {
  const last = run.at(-1);
  const said = allocation.ClientDescription || (last && messageOf(last)) || allocation.ClientStatus;
  const sentence = `The task ended without a result; Nomad says: ${said}`;
  return end("unknown", sentence, "See `nomad alloc status` for it.", true);
}

type Ending = NonNullable<ReturnType<typeof ending>>;

const isSigkill = ({ code, signal: by }: Pick<Ending, "code" | "signal">) => code === 137 || by === 9;

function failed(how: string, ended: Ending, facts: PlacedFacts): Finding {
  const advice = `See its output above.${isSigkill(ended) ? memoryHint(facts) : ""}`;
  return afterRestarts({ ...end("failed", `The task ${how}`, advice, true), ...ended.is }, facts);
}

function afterRestarts(finding: Finding, { restarts }: PlacedFacts): Finding {
  if (restarts === 0) return finding;
  const times = `${restarts} restart${restarts === 1 ? "" : "s"}`;
  return { ...finding, sentence: finding.sentence.replace(/\.$/, `, after ${times}.`) };
}

/** Where Nomad limits memory by cgroups (raw_exec does so too, as root), the kernel's kill looks like anybody's. */
function memoryHint({ memory }: PlacedFacts): string {
  return ` If nobody sent that signal, the kernel did: the task may have used more than its ${memory} MB of memory.`;
}

function outOfMemory({ memory }: PlacedFacts, { guessed = false } = {}): Finding {
  const sentence = guessed
    ? `The task probably ran out of memory: it had ${memory} MB (it ended as by SIGKILL, and nobody had asked Nomad for that)`
    : `The task ran out of memory: it had ${memory} MB`;
  return end("oom-killed", sentence, `Ask for more, e.g. memory=${memory * 2}, or use less.`, true);
}
