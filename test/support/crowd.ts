import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeError } from "../../src/core/errors/launcher-error.js";
import type { Host } from "../../src/core/host/host.js";
import type { LaunchRequest } from "../../src/core/model/launch-request.js";
import type { Outcome } from "../../src/core/model/outcome.js";
import type { LaunchProgress } from "../../src/core/model/progress.js";
import { request } from "./builders.js";
import { Printed, uniqueId } from "./launch-host.js";

/** Prints numbered lines until it may end; notes outside of Nomad each time that it is run. */
const script = `echo run >>"$RUNS"; i=0
while :; do
  i=$((i+1)); echo "line $i"
  [ -e "$GATE" ] && break
  sleep 0.5
done
echo "end $i"`;

/** How long something may take that a crowd waits for, in milliseconds. */
const patienceMs = 100_000;

/** One task of a crowd, and all that is known of it. */
export interface Member {
  readonly jobId: string;
  readonly printed: Printed;
  readonly told: readonly LaunchProgress[];
  /** Complete lines of its standard output so far. */
  readonly lines: () => number;
  /** How it ended, or the error it ended with. */
  readonly ended: Promise<Outcome | string>;
  /** How often the user's code was run. */
  readonly runs: () => number;
}

/** Many small tasks of one host that go on until they are told to end: time to break something meanwhile. */
export class Crowd implements AsyncDisposable {
  readonly members: readonly Member[];
  readonly #folder = mkdtempSync(join(tmpdir(), "mfn-crowd-"));
  readonly #stop = new AbortController();
  #changed = Promise.withResolvers<undefined>();

  constructor(
    private readonly host: Host,
    size: number,
    over: (n: number) => Partial<LaunchRequest> = () => ({}),
  ) {
    this.members = Array.from({ length: size }, (_, n) => this.#launch(over(n)));
  }

  /** Until each runs, and has said something. */
  async started(): Promise<void> {
    await this.#until(({ lines: count }) => count() > 0);
  }

  /** Until each has printed some more lines. */
  async go(lines: number, members = this.members): Promise<void> {
    const wanted = new Map(members.map((member) => [member, member.lines() + lines]));
    await this.#until((member) => member.lines() >= (wanted.get(member) ?? 0), members);
  }

  /** Lets all tasks end, and waits for it. */
  async end(): Promise<(Outcome | string)[]> {
    writeFileSync(join(this.#folder, "gate"), "");
    return Promise.all(this.members.map(({ ended }) => ended));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the test is over"));
    await this.end();
    rmSync(this.#folder, { recursive: true });
  }

  #launch(over: Partial<LaunchRequest>): Member {
    const jobId = uniqueId("crowd");
    const runs = join(this.#folder, jobId);
    const told: LaunchProgress[] = [];
    const asked = request({
      jobId,
      argv: ["/bin/sh", "-c", script],
      env: { RUNS: runs, GATE: join(this.#folder, "gate") },
      resources: { cpu: 20, memory: 32, disk: 10 },
      ...over,
    });
    const note = () => {
      this.#changed.resolve(undefined);
      this.#changed = Promise.withResolvers();
    };
    const printed = new Counting(note);
    const report = (news: LaunchProgress) => void told.push(news);
    const ended = this.host
      .site()
      .launch({ request: asked, sink: printed, report, signal: this.#stop.signal })
      .catch(describeError)
      .finally(note);
    const lines = () => printed.lines;
    return { jobId, printed, told, lines, ended, runs: () => readFileSync(runs, "utf8").split("\n").length - 1 };
  }

  /** One that ends before it is there is a failure to tell at once, not after the test's whole time. */
  async #until(isThere: (member: Member) => boolean, members = this.members): Promise<void> {
    const giveUp = AbortSignal.timeout(patienceMs);
    giveUp.addEventListener("abort", () => this.#changed.resolve(undefined));
    const over = new Set<Member>();
    for (const member of members) void member.ended.then(() => over.add(member));
    for (;;) {
      const missing = members.filter((member) => !isThere(member));
      if (missing.length === 0) return;
      const early = missing.find((member) => over.has(member));
      if (early !== undefined) throw new Error(`${early.jobId} ended early: ${JSON.stringify(await early.ended)}`);
      if (giveUp.aborted) throw new Error(`${String(missing.length)} are not there; ${describe(missing[0])}`);
      await this.#changed.promise;
    }
  }
}

function describe(member: Member | undefined): string {
  return `${String(member?.jobId)}: ${String(member?.lines())} lines, last told ${JSON.stringify(member?.told.at(-1))}`;
}

/** A sink that counts lines, and tells when one came: to look through all that was printed each time would cost too much. */
class Counting extends Printed {
  lines = 0;
  constructor(private readonly note: () => void) {
    super();
  }
  override write(...[stream, bytes]: Parameters<Printed["write"]>): void {
    super.write(stream, bytes);
    if (stream === "stdout") for (const byte of bytes) this.lines += byte === newline ? 1 : 0;
    this.note();
  }
}

const newline = 10;

/** Whether every line is there once, in order, to the last. */
export function isWhole(stdout: string): boolean {
  const lines = stdout.split("\n");
  const count = lines.length - 2;
  return stdout === `${numbered(count)}end ${String(count)}\n`;
}

/** Whether it is a beginning of what a task prints. */
export function isBeginning(stdout: string): boolean {
  return numbered(stdout.split("\n").length).startsWith(stdout);
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `line ${String(n + 1)}\n`).join("");
