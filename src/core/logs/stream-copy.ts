import type { LogStream } from "../contracts/log-sink.js";
import { describeError, LauncherError } from "../errors/launcher-error.js";
import type { FollowParts, FollowTask } from "./follow-logs.js";
import type { Permit } from "./follow-permits.js";
import { Losses } from "./losses.js";
import { LogReader } from "./read-log.js";

/** Pause between two looks of a stream that shares connections: from, to, in milliseconds. */
const pauseMs = { from: 500, to: 5_000 };
/** The same for a stream that has shown nothing yet: most tasks never write to stderr. */
const silentPauseMs = 15_000;
/** Part of the connections that streams may take which have shown nothing yet: stdout is what people wait for. */
const share = { stdout: 1, stderr: 0.25 };
/** When to look again for lines that arrive after the task's end: parts of the time that is looked for in all. */
const lateLooks = [1 / 7, 2 / 7, 4 / 7] as const;
/** Pause before the look that proves that the last one brought all, where no line comes late, in milliseconds. */
const proofMs = 100;
/** Failed reads after which the rest of a log is given up, once its task is over: Nomad cannot give it, or cannot be reached (some 40 s). */
const maxFailures = { refused: 5, unreached: 12 };
/** Longest pause between two failed reads, in milliseconds: while a task runs, its node and Nomad are waited for. */
const longestRetryMs = 5_000;
/** The same after what no waiting usually changes: a refused token, a reply that makes no sense. */
const longestRefusedMs = 30_000;

/** Copies one stream; knows how much arrived and how often reading failed. */
export class StreamCopy {
  readonly #reader: LogReader;
  readonly #losses: Losses;
  #failures = 0;
  #hopeless = false;
  /** Whether any read came to its end: a right that was there is not missing. */
  #worked = false;
  #pause = pauseMs.from;
  #any = false;
  /** Whether the last look brought something. */
  #eager = false;

  constructor(
    private readonly stream: LogStream,
    private readonly task: FollowTask,
    private readonly parts: FollowParts,
  ) {
    this.#reader = new LogReader(parts.transport, { ...task, stream }, task.sink.resumeFrom?.[stream]);
    this.#losses = new Losses(stream, parts.clock, task.onLoss);
  }

  async whileRunning(signal: AbortSignal): Promise<void> {
    using _place = this.parts.budget.enter();
    const either = AbortSignal.any([signal, this.task.ended]);
    while (!either.aborted && !this.#hopeless) {
      try {
        await this.#turn(either);
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while the turn ran
        if (!either.aborted) await this.#recover(error, either);
      }
    }
  }

  /** Reads what is left; where lines may come late, looks again until none has come for a while. */
  async drain(signal: AbortSignal): Promise<void> {
    let brought = false;
    this.#failures = 0;
    for (let looks = 0; !signal.aborted && !this.#hopeless;) {
      try {
        brought = (await this.#look(signal, true)) > 0;
        looks = brought ? 1 : looks + 1;
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while the read ran
        if (signal.aborted) return;
        await this.#recover(error, signal, true);
        continue;
      }
      const pause = this.#quietMs * (lateLooks[looks - 1] ?? 0) || (looks === 1 && brought ? proofMs : 0);
      if (pause === 0) break;
      await this.parts.clock.sleep(pause, signal).catch(() => undefined);
    }
    this.#losses.flush();
  }

  /** A stream that showed nothing yet is watched longer: its only line may be on its way. */
  get #quietMs(): number {
    return this.#any ? this.task.quietMs / 2 : this.task.quietMs;
  }

  /** Follows over a connection of its own while there is one; else looks once, and lets others look. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { budget, clock } = this.parts;
    using permit = await budget.follow({ share: this.#any ? 1 : share[this.stream], eager: this.#eager });
    const copied = permit === undefined ? await this.#look(signal) : await this.#follow(permit, signal);
    this.#eager = copied > 0;
    const cap = this.#any ? pauseMs.to : silentPauseMs;
    this.#pause = this.#eager ? pauseMs.from : Math.min(this.#pause * 2, cap);
    permit?.[Symbol.dispose]();
    // A followed stream ends by itself only when something is wrong: not at once again either.
    await clock.sleep(Math.max(this.#pause, budget.pauseMs(this.#eager)), signal);
  }

  /** Until the stream ends, or its connection is needed elsewhere; what was read so far stays read. */
  async #follow(permit: Permit, signal: AbortSignal): Promise<number> {
    try {
      return await this.#copy(true, AbortSignal.any([signal, permit.recalled]), () => permit.heard());
    } catch (error) {
      if (permit.recalled.aborted && !signal.aborted) return 0;
      throw error;
    }
  }

  async #look(signal: AbortSignal, urgent = false): Promise<number> {
    using _turn = await this.parts.budget.look(signal, urgent);
    return await this.#copy(false, signal);
  }

  async #copy(follow: boolean, signal: AbortSignal, heard: () => void = () => undefined): Promise<number> {
    let copied = 0;
    for await (const { bytes, mark, lostBytes } of this.#reader.read(follow, signal)) {
      if (lostBytes !== undefined) this.#losses.add(lostBytes);
      this.#failures = 0;
      this.#worked = true;
      if (bytes.length === 0) continue;
      await this.task.sink.write(this.stream, bytes, mark);
      copied += bytes.length;
      this.#any = true;
      heard();
    }
    this.#worked = true;
    return copied;
  }

  async #recover(error: unknown, signal: AbortSignal, draining = false): Promise<void> {
    this.#failures += 1;
    this.parts.logger.debug({ stream: this.stream, error: describeError(error) }, "log read failed");
    if (this.#lacksRight(error) || (draining && this.#failures >= patience(error))) {
      this.#hopeless = true;
      this.task.onLoss(`${this.stream}: ${describeError(error)}`);
      return;
    }
    const longest = !draining && isFinal(error) ? longestRefusedMs : longestRetryMs;
    const pause = Math.min(200 * 2 ** this.#failures, longest);
    await this.parts.clock.sleep(pause, signal).catch(() => undefined);
  }

  /** A token that could read nothing so far will not do later; one that could may just be renewed. */
  #lacksRight(error: unknown): boolean {
    return !this.#worked && error instanceof LauncherError && aboutToken.has(error.code);
  }
}

const aboutToken: ReadonlySet<string> = new Set(["NOMAD_E_API_FORBIDDEN", "NOMAD_E_API_BAD_TOKEN"]);

/** What will be the same the next time, as a rule. */
function isFinal(error: unknown): boolean {
  return error instanceof LauncherError && !error.retryable && error.code !== "NOMAD_E_API_NOT_FOUND";
}

/** How many failures in a row end the drain. */
function patience(error: unknown): number {
  const unreached = error instanceof LauncherError && error.retryable && error.code.startsWith("NOMAD_E_TRANSPORT_");
  return unreached ? maxFailures.unreached : maxFailures.refused;
}
