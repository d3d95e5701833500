import assert from "node:assert/strict";
import type { OutcomeClassifier } from "../core/contracts/classifier.js";
import type { PluginCommand } from "../core/contracts/command.js";
import type { ConfigFragment } from "../core/contracts/config-fragment.js";
import type { LogSinkFactory } from "../core/contracts/log-sink.js";
import type { MetricsSink } from "../core/contracts/metrics.js";
import type { TaskEvent } from "../core/model/allocation.js";
import type { Site } from "../core/model/site.js";
import type { NomadTransport } from "../core/contracts/transport.js";
import { testRequest, testSite } from "./builders.js";
import type { ConformanceCase } from "./conformance-jobs.js";
import { frozen } from "../core/model/frozen.js";

/** What the classifier cases try. */
export interface ClassifierSubject {
  readonly classifier: OutcomeClassifier;
  /** Events it explains. */
  readonly events: readonly TaskEvent[];
}

/** Cases that every outcome classifier passes. */
export const classifierConformance: readonly ConformanceCase<ClassifierSubject>[] = [
  {
    name: "explains what it knows: a sentence, an advice, and whether another try can help",
    run({ classifier, events }) {
      const found = classifier.explain(frozen(events), frozen(testRequest()));
      assert.ok(found !== undefined && found.sentence !== "" && found.advice !== "");
      assert.equal(typeof found.retriable, "boolean");
      return Promise.resolve();
    },
  },
  {
    name: "leaves everything else to others",
    run({ classifier }) {
      const odd = { Type: "Driver Failure", Time: 1, DisplayMessage: "something nobody has seen" };
      for (const events of [[], [odd]]) assert.equal(classifier.explain(events, testRequest()), undefined);
      return Promise.resolve();
    },
  },
];

/** What the log sink cases try. */
export interface LogSinkSubject {
  readonly factory: LogSinkFactory;
  /** What has arrived of one attempt's standard output, where the sink keeps it. */
  readonly read: (jobId: string) => string | Promise<string>;
}

/** Cases that every log sink passes. */
export const logSinkConformance: readonly ConformanceCase<LogSinkSubject>[] = [
  {
    name: "keeps bytes in order, also of a character that comes in two pieces, and has them all at the end",
    async run({ factory, read }) {
      const request = testRequest({ jobId: `conformance-${process.pid}-${Math.trunc(performance.now())}` });
      const sink = factory({ request, site: testSite() });
      assert.ok(sink !== undefined, "it wants none of an ordinary task");
      const bytes = Buffer.from("one\nzwei é\n");
      for (const [at] of bytes.entries()) await sink.write("stdout", bytes.subarray(at, at + 1), [[0, at + 1]]);
      await sink.end();
      await sink[Symbol.asyncDispose]();
      assert.equal(await read(request.jobId), bytes.toString());
    },
  },
];

/** Cases that every metrics sink passes. */
export const metricsConformance: readonly ConformanceCase<{ readonly sink: MetricsSink }>[] = [
  {
    name: "takes counts, durations and gauges at once, and throws nothing",
    run({ sink }) {
      sink.add("tasks", { site: "lab", waits_for: "start" });
      sink.add("tasks", { site: "lab", waits_for: "start" }, -1);
      sink.observe("request_seconds", { site: "lab" }, 0.01);
      sink.watch("log_streams", { site: "lab" }, () => 1);
      return Promise.resolve();
    },
  },
];

/** What the command cases try. */
export interface CommandSubject {
  readonly command: PluginCommand;
  /** Arguments with which it succeeds. */
  readonly args: readonly string[];
  readonly transport: NomadTransport;
  readonly site?: Site;
}

/** Cases that every command passes. */
export const commandConformance: readonly ConformanceCase<CommandSubject>[] = [
  {
    name: "has a name of one word and a line about itself, and ends with an exit code",
    async run({ command, args, transport, site = testSite() }) {
      assert.match(command.name, /^[a-z][a-z0-9-]*$/);
      assert.match(command.description, /^[^\n]+$/);
      const { signal } = new AbortController();
      const said: string[] = [];
      const take = (text: string) => void said.push(text);
      const code = await command.run(args, { site: () => ({ site, transport }), write: take, warn: take, signal });
      assert.equal(code, 0, said.join(""));
    },
  },
];

/** What the configuration cases try. */
export interface FragmentSubject {
  readonly fragment: ConfigFragment;
  /** A value it takes, and one it refuses. */
  readonly good: unknown;
  readonly bad: unknown;
}

/** Cases that every part of the configuration passes. */
export const fragmentConformance: readonly ConformanceCase<FragmentSubject>[] = [
  {
    name: "answers at once: takes what is right, refuses what is not with a message",
    run({ fragment, good, bad }) {
      assert.match(fragment.key, /^[A-Za-z][\w-]*$/);
      const validate = (value: unknown) => {
        const result = fragment.schema["~standard"].validate(value);
        assert.ok(!(result instanceof Promise), "its schema does not answer at once");
        return result;
      };
      assert.equal(validate(good).issues, undefined);
      const { issues = [] } = validate(bad);
      assert.ok(issues.length > 0 && issues.every(({ message }) => message !== ""));
      return Promise.resolve();
    },
  },
];
