import { type BlockSpec, duration, flag, oneOf, readBlock } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Disconnect } from "../core/model/job.js";
import { editGroup } from "./edit-job.js";

const spec: BlockSpec = {
  lost_after: duration("LostAfter"),
  stop_on_client_after: duration("StopOnClientAfter"),
  replace: flag("Replace"),
  reconcile: oneOf("Reconcile", ["best_score", "keep_original", "keep_replacement", "longest_running"]),
};

/**
 * What becomes of the task when its node does not answer. It is never replaced, unless the user says `replace`: then
 * Nomad may run it twice at the same time.
 */
export const disconnect: LaunchFeature = {
  name: "disconnect",
  after: ["run-once"],
  blocks: ["disconnect"],
  contribute(job, { request: { blocks } }) {
    if (blocks?.["disconnect"] === undefined) return job;
    const asked: Partial<Disconnect> = readBlock(spec, blocks["disconnect"], "disconnect");
    checkStop(asked);
    return editGroup(job, ({ Disconnect: { LostAfter, ...ours } = { Replace: false } }) => ({
      // Nomad takes one of the two times only.
      Disconnect: {
        ...(LostAfter !== undefined && asked.StopOnClientAfter === undefined && { LostAfter }),
        ...ours,
        ...asked,
      },
      ...(asked.Replace === true && { PreventRescheduleOnLost: false }),
    }));
  },
};

function checkStop({ LostAfter, StopOnClientAfter, Replace }: Partial<Disconnect>): void {
  if (StopOnClientAfter === undefined) return;
  if (LostAfter !== undefined) {
    throw refuse("disconnect", "Nomad takes lost_after or stop_on_client_after, not both", "Keep one of the two.");
  }
  if (Replace === true) return;
  throw refuse(
    "disconnect.stop_on_client_after",
    "Nomad then replaces the task, whatever `replace` says",
    "Add replace=true if the task may run twice, or use lost_after.",
  );
}
