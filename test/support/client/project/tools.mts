import assert from "node:assert/strict";
import {
  type AllocationListStub,
  type ErrorCode,
  type JobInput,
  LauncherError,
  type NomadClient,
} from "metaflow-nomad/client";

/** Names of the methods that were called: `jobs.list`. */
export const used = new Set<string>();

/** A client that notes which of its methods are called. */
export function noting<T extends object>(family: T, name = ""): T {
  return new Proxy(family, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof key === "symbol" || value === null) return bound(value, target);
      const full = name === "" ? key : `${name}.${key}`;
      if (typeof value === "object") return noting(value as object, full);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        used.add(full);
        return Reflect.apply(value as (...args: unknown[]) => unknown, target, args);
      };
    },
  });
}

function bound(value: unknown, target: object): unknown {
  return typeof value === "function" ? (value.bind(target) as unknown) : value;
}

/** The error of a call that fails, which has one of these codes. */
export async function fails(work: PromiseLike<unknown>, ...codes: ErrorCode[]): Promise<LauncherError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert(error instanceof LauncherError, `no LauncherError: ${String(error)}`);
  assert(codes.includes(error.code), `${error.code} is none of ${codes.join(", ")}: ${error.message}`);
  return error;
}

/** All that a stream of bytes brings, as text. */
export async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** The first thing of a stream that is the right one. */
export async function first<T>(items: AsyncIterable<T>, right: (item: T) => boolean = () => true): Promise<T> {
  for await (const item of items) if (right(item)) return item;
  throw new Error("it ended before that");
}

/** A service that writes a line and waits, with a Nomad service, an action and an update block. */
export function service(id: string, over: object = {}): JobInput {
  const task = {
    Name: "main",
    Driver: "raw_exec",
    Config: { command: "sh", args: ["-c", "echo hello from $NOMAD_ALLOC_INDEX; echo oops >&2; exec sleep 600"] },
    Resources: { CPU: 20, MemoryMB: 20 },
    Actions: [{ Name: "greet", Command: "echo", Args: ["good", "day"] }],
    KillTimeout: 1_000_000_000,
  };
  const group = {
    Name: "main",
    Count: 1,
    Tasks: [task],
    Services: [{ Name: `${id}-web`, Provider: "nomad", PortLabel: "8080", AddressMode: "auto", Tags: ["a"] }],
    Networks: [{ Mode: "host" }],
    Update: { MaxParallel: 1, MinHealthyTime: 1_000_000, HealthyDeadline: 60_000_000_000, HealthCheck: "task_states" },
    Scaling: { Enabled: true, Min: 0, Max: 5 },
    RestartPolicy: { Attempts: 0, Mode: "fail" },
    ...over,
  };
  return { ID: id, Name: id, Type: "service", Datacenters: ["*"], TaskGroups: [group] };
}

/** The allocation of a job, once one runs that is to run. */
export async function running(nomad: NomadClient, id: string): Promise<string> {
  const runs = (stub: AllocationListStub) => stub.ClientStatus === "running" && stub.DesiredStatus === "run";
  const watch = nomad.jobs.allocations(id, { signal: AbortSignal.timeout(60_000) }).watch();
  const { value } = await first(watch, (reply) => reply.value.some(runs));
  return value.find(runs)?.ID ?? "";
}

/** Waits until a job's deployment is done: no other change is let in before. */
export async function deployed(nomad: NomadClient, id: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  await first(
    nomad.jobs.latestDeployment(id, { signal }).watch(),
    ({ value }) => value !== null && value.Status !== "running",
  );
}
