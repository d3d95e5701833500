import type { Job } from "../model/job.js";

/** What Nomad itself may repeat of a job, because the user said so. */
export interface Repeats {
  /** On its node, in the same allocation. */
  readonly restarts: boolean;
  /** In another allocation, after a failure. */
  readonly reschedules: boolean;
  /** In another allocation, while the node does not answer. */
  readonly replaces: boolean;
}

/** Reads it from the finished job: features and patches alike may have said so. */
export function repeatsOf({ TaskGroups: [group] }: Job): Repeats {
  const { Attempts, Unlimited } = group.ReschedulePolicy;
  const restart = group.Tasks[0].RestartPolicy ?? group.RestartPolicy;
  const { Templates = [], Vault, Identity, Identities = [] } = group.Tasks[0];
  const changing = [...Templates, ...Identities, Vault, Identity];
  return {
    restarts: restart.Attempts > 0 || changing.some((one) => one?.["ChangeMode"] === "restart"),
    reschedules: Attempts > 0 || Unlimited,
    replaces: group.Disconnect?.Replace === true,
  };
}

/** What a user should know who asked for repeats. */
export function warnOfRepeats(job: Job): readonly string[] {
  const { restarts, reschedules, replaces } = repeatsOf(job);
  const blocks = [
    ...(restarts ? ["restart"] : []),
    ...(reschedules ? ["reschedule"] : []),
    ...(replaces ? ["disconnect"] : []),
  ];
  if (blocks.length === 0) return [];
  return [`Nomad itself may run it more than once in one attempt (${blocks.join(", ")})`];
}
