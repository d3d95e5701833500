import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sighting } from "../../../src/core/contracts/watcher.js";
import type { Allocation } from "../../../src/core/model/allocation.js";
import type { Evaluation } from "../../../src/core/model/evaluation.js";
import { currentAllocation, evaluationChain, reduceJob, unseenJob } from "../../../src/core/watch/job-state.js";
import { allocation } from "../../support/builders.js";

/** What Nomad said of one thing, oldest first: each time with a higher index. */
interface History {
  readonly allocations: readonly Allocation[];
  readonly evaluations: readonly Evaluation[];
}

const clientStatus = fc.constantFrom("pending", "running", "complete", "failed", "lost", "unknown");
const evaluationStatus = fc.constantFrom("blocked", "pending", "complete", "failed", "canceled");

/** Some allocations and evaluations of the job, each with a history of its own. */
const histories = fc
  .tuple(
    fc.array(fc.array(clientStatus, { minLength: 1, maxLength: 5 }), { maxLength: 4 }),
    fc.array(fc.array(evaluationStatus, { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
  )
  .map(([allocations, evaluations]): readonly History[] => [
    ...allocations.map((statuses, n) => ({
      evaluations: [],
      allocations: statuses.map((ClientStatus, at) =>
        allocation({ ID: `a${String(n)}`, CreateIndex: n + 1, ModifyIndex: n + 1 + at * 10, ClientStatus }),
      ),
    })),
    ...evaluations.map((statuses, n) => ({
      allocations: [],
      evaluations: statuses.map((Status, at) => ({
        ID: `e${String(n)}`,
        JobID: "job",
        Namespace: "default",
        Status,
        CreateIndex: n + 1,
        ModifyIndex: n + 1 + at * 10,
      })),
    })),
  ]);

/** One piece of news. */
type News = Pick<Sighting, "allocations" | "evaluations">;

const newsOf = ({ allocations, evaluations }: History): News[] => [
  ...allocations.map((one) => ({ allocations: [one], evaluations: [] })),
  ...evaluations.map((one) => ({ allocations: [], evaluations: [one] })),
];

/** News in any order, some left out, some twice, old ones again at the end, and of other jobs between; the last of each is there. */
const deliveries = histories.chain((all) => {
  const news = all.flatMap(newsOf);
  const last = all.map((history) => newsOf(history).at(-1) as News);
  const foreign: News = {
    allocations: [allocation({ JobID: "other", ID: "a0", ModifyIndex: 9_999 })],
    evaluations: [],
  };
  const some = fc.subarray(news);
  return fc
    .tuple(some, some, some)
    .map(([kept, again, replayed]) => ({ mixed: [...kept, ...again, ...last, foreign], replayed }))
    .chain(({ mixed, replayed }) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(mixed, { minLength: mixed.length }), fc.constant(replayed)),
    );
});

const reduceAll = (news: readonly News[]) =>
  news.reduce((state, one) => reduceJob(state, { index: 1, ...one }), unseenJob("job"));

const plain = (state: ReturnType<typeof reduceAll>) => ({
  allocations: Object.fromEntries([...state.allocations].sort()),
  evaluations: Object.fromEntries([...state.evaluations].sort()),
});

describe("reduceJob, whatever the order of the news", () => {
  it("ends in the state that the news in order end in", () => {
    fc.assert(
      fc.property(deliveries, ([all, mixed, replayed]) => {
        const ordered = reduceAll(all.flatMap(newsOf));
        const state = reduceAll([...mixed, ...replayed]);
        expect(plain(state)).toEqual(plain(ordered));
        expect(currentAllocation(state)).toEqual(currentAllocation(ordered));
        expect(evaluationChain(state)).toEqual(evaluationChain(ordered));
      }),
    );
  });

  it("ends in the same state when all of it comes in one sighting, or piece by piece", () => {
    fc.assert(
      fc.property(deliveries, ([, mixed]) => {
        const whole = {
          index: 1,
          allocations: mixed.flatMap(({ allocations }) => allocations),
          evaluations: mixed.flatMap(({ evaluations }) => evaluations),
        };
        expect(plain(reduceJob(unseenJob("job"), whole))).toEqual(plain(reduceAll(mixed)));
      }),
    );
  });

  it("is the same object when nothing was new: nobody is woken for a replay", () => {
    fc.assert(
      fc.property(deliveries, ([all, mixed]) => {
        const state = reduceAll(mixed);
        for (const news of all.flatMap(newsOf)) expect(reduceJob(state, { index: 1, ...news })).toBe(state);
      }),
    );
  });
});
