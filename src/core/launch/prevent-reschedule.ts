import type { Job } from "../model/job.js";

/** Whether Nomad (1.8, 1.9) refused a job because it says twice, in the old way and the new, not to replace it. */
export function refusedForBothReplaceFields(reason: string): boolean {
  return reason.includes("prevent_reschedule_on_lost and replace");
}

/** The job without the 1.7 field; `Disconnect.Replace` says the same from 1.8 on. */
export function withoutPreventReschedule(job: Job): Job {
  const { PreventRescheduleOnLost: _dropped, ...group } = job.TaskGroups[0];
  return { ...job, TaskGroups: [group] };
}
