import type { LaunchFeature } from "../core/contracts/feature.js";
import { editGroup } from "./edit-job.js";

const nanoseconds = 1_000_000_000;

/**
 * One attempt is one run: Nomad neither restarts nor reschedules nor replaces it.
 *
 * A lost or disconnected allocation is replaced whatever the two policies say; `Disconnect.Replace` ends that from 1.8,
 * **but only together with `LostAfter`**: without it, 1.8 to 1.11 call the allocation unknown and replace it all the same
 * (scheduler/reconcile.go, `GetDisconnectLostTimeout`; seen on 1.11.0). The launcher gives up as long after that, too.
 * `PreventRescheduleOnLost` in 1.7 (and 1.8, 1.9). 1.7 ignores the first, 1.10 and later the second; **1.8 and 1.9
 * refuse the two together** ("using both prevent_reschedule_on_lost and replace is not allowed",
 * nomad/structs/structs.go of 1.8.4): whoever registers drops the second then (core/launch/prevent-reschedule.ts).
 * Drained and operator-stopped allocations are replaced all the same; the launcher stops such jobs.
 */
export const runOnce: LaunchFeature = {
  name: "run-once",
  contribute: (job, { site }) =>
    editGroup(job, () => ({
      RestartPolicy: { Attempts: 0, Mode: "fail" },
      ReschedulePolicy: { Attempts: 0, Unlimited: false },
      Disconnect: { Replace: false, LostAfter: site.lostAfterSeconds * nanoseconds },
      PreventRescheduleOnLost: true,
    })),
};
