import { describeError } from "../../src/core/errors/launcher-error.js";
import type { LaunchRequest } from "../../src/core/model/launch-request.js";
import type { Outcome } from "../../src/core/model/outcome.js";
import { request } from "../support/builders.js";
import { Printed, uniqueId } from "../support/launch-host.js";
import { type Behaviour, type DriverName, usual } from "./behaviours.js";
import type { Lab, WatcherName } from "./lab.js";

/** One task under test, and what became of it. */
export class Task {
  readonly jobId = uniqueId("fault");
  readonly printed = new Printed();
  readonly #wish = new AbortController();
  readonly #warnings: string[] = [];
  #collected = false;
  readonly #begun = Promise.withResolvers<undefined>();
  readonly #ended: Promise<Outcome | string>;

  constructor(
    readonly lab: Lab,
    readonly watch: WatcherName,
    readonly driver: DriverName,
    readonly behaviour: Behaviour,
    over: Partial<LaunchRequest> = {},
  ) {
    const asked = request({ jobId: this.jobId, ...behaviour.asked(driver), ...over });
    this.#ended = lab
      .host(watch)
      .site()
      .launch({
        request: asked,
        sink: this.printed,
        signal: this.#wish.signal,
        report: (news) => {
          if (news.kind === "started") this.#begun.resolve(undefined);
          if (news.kind === "warning") this.#warnings.push(news.message);
        },
      })
      .catch(describeError)
      .finally(() => this.#begun.resolve(undefined));
  }

  /** Resolves once it runs, or is over. */
  get begun(): Promise<undefined> {
    return this.#begun.promise;
  }

  /** Does what its behaviour wants done to it. */
  async disturb(): Promise<void> {
    if (this.behaviour.endedBy === "interrupt") this.#wish.abort(new Error("enough"));
    if (this.behaviour.endedBy === "operator") await this.lab.ask(`/v1/job/${this.jobId}`, "DELETE");
  }

  /** What is wrong with its end; undefined where it is right. Waits for it, for so many milliseconds. */
  async wrong(patienceMs: number): Promise<string | undefined> {
    const ended = await Promise.race([this.#ended, this.lab.pause(patienceMs).then(() => "it does not end")]);
    if (ended === "it does not end") this.#wish.abort(new Error("given up"));
    const { expects, name } = this.behaviour;
    if (typeof ended !== "string" && expects.includes(ended.cause)) return undefined;
    if (typeof ended !== "string" && ended.cause === "collected") this.#collected = true;
    const said = typeof ended === "string" ? ended : `${ended.cause}: ${ended.sentence}`;
    return `${this.jobId} (${this.driver}, ${this.watch}, ${name}): ${said}`;
  }

  /**
   * Whether Nomad had collected the job before its end, or its log, was read, and the user was told: then nobody can know more.
   */
  async wasCollected(): Promise<boolean> {
    const told = this.#collected || this.#warnings.some((text) => text.includes("output may be missing"));
    return told && !(await this.lab.knows(this.jobId));
  }

  /** Lines wanted and seen. One that was ended before its time is only held to the order of what it said. */
  get lines(): { readonly expected: number; readonly seen: number } {
    const lines = this.printed.stdout.split("\n").slice(0, -1);
    const numbered = this.driver === "mock_driver" ? lines : lines.filter((line, at) => line === `line ${at + 1}`);
    const seen = numbered.length;
    const all = this.behaviour.name === "begins meanwhile" ? 2 : usual.lines;
    return { expected: this.behaviour.whole === true ? all : lines.length, seen };
  }
}
