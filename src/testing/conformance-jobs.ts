import type { NomadTransport } from "../core/contracts/transport.js";
import type { Job } from "../core/model/job.js";

/** One case of a conformance kit: runs under any test runner, and throws when the subject does not conform. */
export interface ConformanceCase<Subject> {
  readonly name: string;
  run(subject: Subject): Promise<void>;
}

/** What a conformance job does. */
export interface ConformanceTask {
  readonly exitCode: number;
  /** How long it runs before that, in seconds. Default 0. */
  readonly seconds?: number;
  /** Asks for a node that does not exist, so that the job is never placed. */
  readonly unplaceable?: boolean;
}

/** A batch job that runs once, by raw_exec. */
export function conformanceJob(id: string, { exitCode, seconds = 0, unplaceable = false }: ConformanceTask): Job {
  const script = `sleep ${String(seconds)}; exit ${String(exitCode)}`;
  return {
    ID: id,
    Name: id,
    Type: "batch",
    Namespace: "default",
    Datacenters: ["*"],
    ...(unplaceable && { Constraints: [{ LTarget: "${attr.kernel.name}", RTarget: "no-such-kernel", Operand: "=" }] }),
    TaskGroups: [
      {
        Name: "main",
        Count: 1,
        RestartPolicy: { Attempts: 0, Mode: "fail" },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        Tasks: [
          {
            Name: "main",
            Driver: "raw_exec",
            Config: { command: "/bin/sh", args: ["-c", script] },
            Resources: { CPU: 20, MemoryMB: 16 },
          },
        ],
      },
    ],
  };
}

/** Registers a job. */
export async function registerConformanceJob(transport: NomadTransport, job: Job): Promise<void> {
  const call = { method: "PUT", path: "/jobs", query: { namespace: job.Namespace }, body: { Job: job } } as const;
  await transport.request(call, new AbortController().signal);
}

/** Stops a job and forgets it. */
export async function discardJob(transport: NomadTransport, id: string): Promise<void> {
  const call = { method: "DELETE", path: `/job/${encodeURIComponent(id)}`, query: { purge: true } } as const;
  await transport.request(call, new AbortController().signal);
}
