import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/**
 * The process a job belongs to: Metaflow's runtime, or `metaflow-nomad launch`. When it is dead, so is the run.
 *
 * In a job's meta it is one text of `name=value` words; python/…/submitter.py writes the same.
 */
export interface Submitter {
  readonly host: string;
  /** `/etc/machine-id`: two machines may have one name. Empty where there is none. */
  readonly machine: string;
  /** The kernel's ID of this start of the machine. */
  readonly boot: string;
  /** Inode of the PID namespace: containers of one machine count their processes each for themselves. */
  readonly pidns: string;
  readonly pid: string;
  /** When the process started, in clock ticks since the boot: PIDs are used again. */
  readonly start: string;
  readonly uid: string;
}

/** Inode of a machine's own PID namespace. Source: include/linux/proc_ns.h, `PROC_PID_INIT_INO` */
const wholeMachine = "4026531836";

const names = ["host", "machine", "boot", "pidns", "pid", "start", "uid"] as const;

/** Reads a process's start time; undefined where there is no such process. Rejects where that cannot be told. */
export type StartOf = (pid: string) => Promise<string | undefined>;

/** This process, or another of this machine; undefined where the system does not tell (it has no /proc). */
export async function submitterOf(pid: number = process.pid): Promise<Submitter | undefined> {
  try {
    const text = async (file: string) => (await readFile(file, "utf8")).trim();
    const start = await startOf(String(pid));
    // A container's /proc may be the machine's, which counts processes otherwise.
    if (start === undefined || (await readlink("/proc/self")) !== String(process.pid)) return undefined;
    return {
      host: hostname(),
      machine: await text("/etc/machine-id").catch(() => ""),
      boot: await text("/proc/sys/kernel/random/boot_id"),
      pidns: /\d+/.exec(await readlink("/proc/self/ns/pid"))?.[0] ?? "",
      pid: String(pid),
      start,
      uid: String(process.getuid?.() ?? ""),
    };
  } catch {
    return undefined;
  }
}

export function writeSubmitter(submitter: Submitter): string {
  return names.map((name) => `${name}=${submitter[name]}`).join(" ");
}

/** Reads the text of a job's meta; undefined for anything else. */
export function readSubmitter(text: string | undefined): Submitter | undefined {
  const fields = new Map((text ?? "").split(" ").map((word) => word.split("=", 2) as [string, string | undefined]));
  const found = names.map((name) => [name, fields.get(name)] as const);
  return found.every(([, value]) => value !== undefined)
    ? (Object.fromEntries(found) as unknown as Submitter)
    : undefined;
}

/**
 * Whether a submitter is provably dead, as seen from `here`.
 *
 * What cannot be looked at is not proven: another machine, another user (whose processes may be hidden), another
 * container. `submittedAt` is in milliseconds since the epoch, `bootedAt` too; without them, what is of another start of
 * the machine is not proven dead either.
 */
export async function isProvablyDead(
  it: Submitter,
  here: Submitter,
  when: { readonly submittedAt: number; readonly bootedAt: number } | undefined,
  lookUp: StartOf = startOf,
): Promise<boolean> {
  if (it.host !== here.host || it.machine !== here.machine || it.uid !== here.uid) return false;
  if (it.boot !== here.boot) return when !== undefined && endedWithTheMachine(it, here, when);
  if (it.pidns !== here.pidns) return false;
  return lookUp(it.pid).then(
    (start) => start !== it.start,
    () => false,
  );
}

/**
 * A machine that was started anew has ended what ran before; a copy of it, with the same name and ID, may have not. The
 * time tells them apart only where the copy was started before the job was submitted.
 */
function endedWithTheMachine(it: Submitter, here: Submitter, when: { submittedAt: number; bootedAt: number }): boolean {
  const machines = it.machine !== "" && it.pidns === wholeMachine && here.pidns === wholeMachine;
  return machines && when.submittedAt < when.bootedAt;
}

/**
 * Field 3 of /proc/PID/stat is the state, 22 the start; field 2, the name, may hold anything, so that counting begins
 * behind it. A process that has ended and that nobody has asked about yet (a zombie) is there, and dead.
 */
const startOf: StartOf = async (pid) => {
  if (!/^\d+$/.test(pid)) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch((error: unknown) => {
    if (isGone(error) && !answers(pid)) return "";
    throw error;
  });
  const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? undefined : rest[18];
};

const isGone = (error: unknown) => ["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "");

/** Whether there is such a process, hidden as it may be: /proc can be mounted so that it does not show all (`hidepid`). */
function answers(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
