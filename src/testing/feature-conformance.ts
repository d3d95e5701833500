import assert from "node:assert/strict";
import type { FeatureContext, LaunchFeature } from "../core/contracts/feature.js";
import type { Job } from "../core/model/job.js";
import { testFeatureContext, testJob } from "./builders.js";
import type { ConformanceCase } from "./conformance-jobs.js";
import { frozen } from "../core/model/frozen.js";

/** What the feature cases try. */
export interface FeatureSubject {
  readonly feature: LaunchFeature;
  /** A job the feature contributes to. Default: `testJob()`. */
  readonly job?: Job;
  /** Default: `testFeatureContext()`. */
  readonly context?: FeatureContext;
}

/** Cases that every feature passes; no Nomad is needed. */
export const featureConformance: readonly ConformanceCase<FeatureSubject>[] = [
  { name: "has a name, and names what goes before it", run: describesItself },
  { name: "is pure: same job, same result, nothing changed", run: isPure },
  { name: "returns a whole job that JSON can hold", run: isWhole },
  { name: "keeps what others have added", run: keepsOthers },
];

function describesItself({ feature: { name, after = [] } }: FeatureSubject): Promise<void> {
  assert.match(name, /^[\w.-]+$/);
  assert.ok(!after.includes(name), "it waits for itself");
  return Promise.resolve();
}

function isPure(subject: FeatureSubject): Promise<void> {
  assert.deepEqual(contributed(subject), contributed(subject), "two calls differ");
  return Promise.resolve();
}

function isWhole(subject: FeatureSubject): Promise<void> {
  const job = contributed(subject);
  const before = subject.job ?? testJob();
  assert.deepEqual(JSON.parse(JSON.stringify(job)), job, "JSON cannot hold it");
  assert.deepEqual([job.ID, job.Namespace, job.Type], [before.ID, before.Namespace, "batch"]);
  assert.equal(job.TaskGroups[0].Tasks[0].Name, before.TaskGroups[0].Tasks[0].Name, "the main task comes first");
  return Promise.resolve();
}

function keepsOthers(subject: FeatureSubject): Promise<void> {
  const mark = { conformance_probe: "kept" };
  const before = subject.job ?? testJob();
  const job = contributed({ ...subject, job: { ...before, Meta: { ...before.Meta, ...mark } } });
  assert.equal(job.Meta?.["conformance_probe"], "kept", "the meta of an earlier feature is gone");
  return Promise.resolve();
}

function contributed({ feature, job = testJob(), context = testFeatureContext() }: FeatureSubject): Job {
  return feature.contribute(frozen(job), context);
}
