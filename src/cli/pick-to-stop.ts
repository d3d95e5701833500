import type { JobStub } from "../core/launch/our-jobs.js";
import { readSubmitter, type Submitter } from "../core/sweep/submitter.js";
import { submitterMark } from "../core/model/submitter-mark.js";

/** Whose jobs, and which. */
export interface StopQuestion {
  /** Job IDs, or beginnings of them; none: all. */
  readonly ids: readonly string[];
  /** Jobs of this user only, whoever asks. */
  readonly user?: string | undefined;
  readonly run?: string | undefined;
  /** Other people's jobs too. */
  readonly yes: boolean;
}

/** Who asks. */
export interface Asker {
  readonly user: string;
  /** This process; undefined where the system does not tell. */
  readonly process: Submitter | undefined;
}

/** What is to be stopped, and what somebody else's is and therefore left. */
export interface StopChoice {
  readonly chosen: readonly JobStub[];
  readonly others: readonly JobStub[];
}

/** Which of the jobs are meant. A whole ID means that one job, though others begin so. */
export function pickToStop(jobs: readonly JobStub[], question: StopQuestion, asker: Asker): StopChoice {
  const { ids, user, run, yes } = question;
  const whole = new Set(jobs.map(({ ID }) => ID));
  const isMeant = ({ ID }: JobStub) => ids.some((id) => (whole.has(id) ? ID === id : id !== "" && ID.startsWith(id)));
  const meant = jobs
    .filter((job) => ids.length === 0 || isMeant(job))
    .filter(({ Meta }) => run === undefined || Meta?.["metaflow.run_id"] === run);
  if (user !== undefined) return { chosen: meant.filter((job) => userOf(job) === user), others: [] };
  const chosen = meant.filter((job) => yes || isOwn(job, asker));
  return { chosen, others: meant.filter((job) => !chosen.includes(job)) };
}

/** Who launched a job; empty where it does not say. */
export const userOf = ({ Meta }: JobStub): string => Meta?.["metaflow.user"] ?? "";

/** A job that names no user is of whoever shares the machine and the number of the user. */
function isOwn(job: JobStub, { user, process }: Asker): boolean {
  if (userOf(job) !== "") return userOf(job) === user;
  const submitter = readSubmitter(job.Meta?.[submitterMark]);
  if (submitter === undefined || process === undefined) return false;
  return submitter.host === process.host && submitter.machine === process.machine && submitter.uid === process.uid;
}
