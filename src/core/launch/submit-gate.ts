import type { Clock } from "../contracts/clock.js";
import { LauncherError } from "../errors/launcher-error.js";
import type { Job } from "../model/job.js";
import { SubmitLine } from "./submit-line.js";

/** Pause of all registrations after one was refused for good with 429: from, to, in milliseconds. */
const pauseMs = { from: 1_000, to: 30_000 };
/** How long a job is offered to an agent that has no connection to spare, in milliseconds. */
const patienceMs = 600_000;

/** A job's place among those that wait in Nomad; dispose it when the job is over. */
export interface Slot extends Disposable {
  /** Registers the job by `work`, again and again where Nomad has no connection to spare. */
  register<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Nomad has no node for the job at this moment. */
  blocked(): void;
  /** The job has found a node. */
  placed(): void;
}

/** Told why a job is not submitted yet. */
export type Tell = (reason: string) => void;

/**
 * Lets jobs into Nomad as fast as it finds nodes for them.
 *
 * Nomad looks at every blocked job again whenever a node has room, so thousands of them slow down everybody's jobs. As
 * long as jobs are placed, up to 1,024 may be on their way. Each that is blocked halves that number, down to 64: enough to
 * fill any room at once. Each that is placed while none is blocked adds one. Jobs are counted by their shape (what they
 * ask for), so that those waiting for a rare node do not hold up the others. While Nomad refuses connections (429), all
 * registrations pause, longer and longer.
 */
export class SubmitGate {
  readonly #lines = new Map<string, SubmitLine>();
  #refusals = 0;
  #reopenAt = 0;

  constructor(private readonly clock: Clock) {}

  /** Waits until a job may be submitted. Rejects with the signal's reason. */
  async enter(job: Job, wish: AbortSignal, tell: Tell): Promise<Slot> {
    const shape = shapeOf(job);
    const line = this.#lines.get(shape) ?? new SubmitLine();
    this.#lines.set(shape, line);
    const leave = () => {
      if (line.empty) this.#lines.delete(shape);
    };
    const place = await line.enter(wish, tell, leave);
    return {
      register: async (work, signal) => {
        const result = await this.#register(work, signal, tell);
        place.registered();
        return result;
      },
      blocked: () => place.blocked(),
      placed: () => place.placed(),
      [Symbol.dispose]: () => place[Symbol.dispose](),
    };
  }

  async #register<T>(work: () => Promise<T>, signal: AbortSignal, tell: Tell): Promise<T> {
    const giveUpAt = this.clock.now() + patienceMs;
    for (;;) {
      // Asked again after each pause: the first that tries may have found that nothing is better.
      for (let closed; (closed = this.#reopenAt - this.clock.now()) > 0;) await this.clock.sleep(closed, signal);
      try {
        const result = await work();
        this.#refusals = 0;
        return result;
      } catch (error) {
        const busy = error instanceof LauncherError && error.code === "NOMAD_E_API_BUSY";
        if (!busy || this.clock.now() >= giveUpAt) throw error;
        tell(`not submitted yet: ${error.message}`);
        this.#pause();
      }
    }
  }

  #pause(): void {
    // Those that were under way together are refused together: that is one refusal, not many.
    if (this.clock.now() < this.#reopenAt) return;
    const ceiling = Math.min(pauseMs.to, pauseMs.from * 2 ** this.#refusals);
    this.#refusals += 1;
    this.#reopenAt = this.clock.now() + ceiling * (0.5 + this.clock.random() / 2);
  }
}

/** What decides where a job may run. */
function shapeOf({ Region, Namespace, NodePool, Datacenters, Constraints, TaskGroups: [group] }: Job): string {
  const tasks = group.Tasks.map(({ Driver, Resources, Constraints: own }) => [Driver, Resources, own]);
  const { Volumes, Networks, EphemeralDisk } = group;
  return JSON.stringify([
    Region,
    Namespace,
    NodePool,
    Datacenters,
    Constraints,
    Volumes,
    Networks,
    EphemeralDisk,
    tasks,
  ]);
}
