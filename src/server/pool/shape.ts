import type { SiteLauncher } from "../../core/host/site-launcher.js";
import type { Draft } from "../../core/launch/request-to-draft.js";
import type { LaunchRequest } from "../../core/model/launch-request.js";

/** What a pool's items have in common, as if each were a job of its own. */
export interface ItemShape {
  readonly draft: Draft;
  /** Of the worker, in MB: there is one item at a time. */
  readonly memory: number;
  /** Counted from the item's start. */
  readonly timeoutSeconds: number;
  readonly killSignal: string;
  readonly killSeconds: number;
}

/** Reads it from the job that a task of the step would be. */
export function shapeOf(request: LaunchRequest, launcher: SiteLauncher): ItemShape {
  const { draft, job } = launcher.compose(request);
  const [{ Resources, KillSignal = "SIGINT", KillTimeout = 2e9 }] = job.TaskGroups[0].Tasks;
  return {
    draft,
    memory: Resources.MemoryMB,
    timeoutSeconds: draft.request.timeoutSeconds ?? 0,
    killSignal: KillSignal,
    killSeconds: KillTimeout / 1e9,
  };
}
