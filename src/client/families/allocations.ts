import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, Query, WatchableQuery } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** States that a schedule or an operator holds a task in. Source: nomad/structs/task_sched.go */
export type TaskScheduleState = "" | "force_run" | "sched_pause" | "force_pause" | "sched_resume";

/**
 * Allocations. Source: https://developer.hashicorp.com/nomad/api-docs/allocations and, for what their node answers
 * (restart, signal, statistics …), https://developer.hashicorp.com/nomad/api-docs/client
 */
export class Allocations {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /allocations. `filter`, `prefix` and pages work here. `taskStates`: default true; `resources`: default false. */
  list(
    options: ListOptions & { readonly taskStates?: boolean | undefined; readonly resources?: boolean | undefined } = {},
  ): ListQuery<Nomad.AllocationListStub> {
    const query = { task_states: options.taskStates, resources: options.resources };
    return this.#call.list("/allocations", options, { query });
  }

  /** GET /allocation/:id */
  read(id: string, options?: ReadOptions): WatchableQuery<Nomad.Allocation> {
    return this.#call.read(path`/allocation/${id}`, options);
  }

  /** POST /allocation/:id/stop. Stops it; the scheduler may place another in its stead. */
  stop(
    id: string,
    options: CallOptions & { readonly noShutdownDelay?: boolean | undefined } = {},
  ): Promise<Nomad.AllocStopResponse> {
    const query = { no_shutdown_delay: options.noShutdownDelay };
    return this.#call.send("POST", path`/allocation/${id}/stop`, options, { query });
  }

  /** GET /allocation/:id/services */
  services(id: string, options?: ListOptions): ListQuery<Nomad.ServiceRegistration> {
    return this.#call.list(path`/allocation/${id}/services`, options);
  }

  /** POST /client/allocation/:id/restart. One task; without a name, those that run; with `all`, also those that have ended. */
  restart(
    id: string,
    options: CallOptions & { readonly task?: string | undefined; readonly all?: boolean | undefined } = {},
  ): Promise<void> {
    const body = { TaskName: options.task ?? "", AllTasks: options.all ?? false };
    return this.#call.tell("POST", path`/client/allocation/${id}/restart`, options, { body });
  }

  /** POST /client/allocation/:id/signal. To one task, or to all that run. @param signal - Name: `SIGUSR1`. */
  signal(
    id: string,
    signal: string,
    options: CallOptions & { readonly task?: string | undefined } = {},
  ): Promise<void> {
    const body = { Signal: signal, Task: options.task ?? "" };
    return this.#call.tell("POST", path`/client/allocation/${id}/signal`, options, { body });
  }

  /** GET /client/allocation/:id/stats. Processor time and memory in use. */
  stats(
    id: string,
    options: ReadOptions & { readonly task?: string | undefined } = {},
  ): Query<Nomad.AllocResourceUsage> {
    return this.#call.get(path`/client/allocation/${id}/stats`, "object", options, { query: { task: options.task } });
  }

  /** GET /client/allocation/:id/checks. The state of its Nomad service checks, by check ID. */
  checks(id: string, options?: ReadOptions): Query<Readonly<Record<string, Nomad.AllocCheckStatus>>> {
    return this.#call.get(path`/client/allocation/${id}/checks`, "map", options);
  }

  /** GET /client/allocation/:id/gc. Lets its node forget it: its folder and logs go. */
  async gc(id: string, options?: CallOptions): Promise<void> {
    await this.#call.get(path`/client/allocation/${id}/gc`, "nothing", options);
  }

  /** GET /client/allocation/:id/pause. Since Nomad 1.8, Enterprise. */
  pauseState(id: string, task: string, options?: ReadOptions): Query<{ readonly ScheduleState: string }> {
    return this.#call.get(path`/client/allocation/${id}/pause`, "object", options, { query: { task } });
  }

  /** PUT /client/allocation/:id/pause. Since Nomad 1.8, Enterprise. */
  setPauseState(id: string, task: string, state: TaskScheduleState, options?: CallOptions): Promise<void> {
    const body = { Task: task, ScheduleState: state };
    return this.#call.tell("PUT", path`/client/allocation/${id}/pause`, options, { body });
  }
}
