import type { Job, Task } from "../../core/model/job.js";

/** What a task of the fake Nomad does. Nothing is run. */
export interface TaskScript {
  /** Default 0. */
  readonly exitCode?: number;
  /** Signal that ends it. Default 0: none. */
  readonly signal?: number;
  /** How long it runs before, in seconds. Default 0. */
  readonly seconds?: number;
  /** What it has printed by its end. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** Whether the kernel ended it for its memory, as the driver tells it. */
  readonly oomKilled?: boolean;
  /** Why it does not start, in the driver's words. */
  readonly startError?: string;
  /** Why no node takes it: a constraint, as Nomad writes it. */
  readonly filteredBy?: string;
  /** Why no node has room for it: a dimension (`memory`, `devices`), as Nomad writes it. */
  readonly exhausted?: string;
}

/**
 * What a job does where the test says nothing else: what its `mock_driver` configuration says (`run_for`, `exit_code`, `stdout_string`,
 * `start_error`: Nomad's own names); `sleep N; exit M` of a shell; what `echo` is given. A kernel other than linux is nowhere.
 * Source: https://github.com/hashicorp/nomad/blob/main/drivers/mock/driver.go
 */
export function usualScript({ Constraints = [], TaskGroups: [group] }: Job): TaskScript {
  const kernel = Constraints.find(({ LTarget }) => LTarget === "${attr.kernel.name}");
  const strange = kernel !== undefined && kernel.RTarget !== "linux";
  const [task] = group.Tasks;
  const own = task.Driver === "mock_driver" ? mocked(task.Config) : shellOf(task);
  return strange ? { ...own, filteredBy: `\${attr.kernel.name} = ${kernel.RTarget ?? ""}` } : own;
}

function mocked(config: Task["Config"]): TaskScript {
  const {
    run_for: runFor,
    exit_code: exitCode,
    exit_signal: signal,
    stdout_string: stdout,
    start_error: startError,
  } = config;
  return {
    seconds: secondsOf(runFor),
    exitCode: Number(exitCode ?? 0),
    signal: Number(signal ?? 0),
    ...(typeof stdout === "string" && { stdout }),
    ...(typeof startError === "string" && { startError }),
  };
}

function secondsOf(value: unknown): number {
  const [, number = "0", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(String(value)) ?? [];
  return Number(number) * (unit === "ms" ? 0.001 : unit === "m" ? 60 : 1);
}

function shellOf({ Config }: Task): TaskScript {
  const args = (Array.isArray(Config["args"]) ? Config["args"] : []).map((word) => unescaped(String(word)));
  const command = [Config["command"], Config["entrypoint"]].flat().map(String);
  if (command.some((word) => /(^|\/)echo$/.test(word))) return { stdout: `${args.join(" ")}\n` };
  const text = args.join(" ");
  const [, seconds] = /sleep ([\d.]+)/.exec(text) ?? [];
  const [, exitCode] = /exit (\d+)/.exec(text) ?? [];
  return { seconds: Number(seconds ?? 0), exitCode: Number(exitCode ?? 0) };
}

/** What the launcher escapes for Nomad's HCL. */
const unescaped = (text: string) => text.replaceAll("$${", "${").replaceAll("%%{", "%{");
