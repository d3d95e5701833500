import type { Finding } from "./finding.js";

/** What the wheel's command knows of who runs it. Without it (the npm package) nothing is known of Metaflow's storage. */
export interface Submitter {
  /** Minor version of the submitter's Python, e.g. `3.11`. */
  readonly python: string;
  /** Interpreter of the submitter. */
  readonly interpreter: string;
  /** Image of last resort: of the submitter's own Python version. */
  readonly image: string;
  /** Unix user to run as where the node knows users; absent for root. */
  readonly user?: string | undefined;
  /** The same as `uid:gid`, for containers; absent for root. */
  readonly numbers?: string | undefined;
  readonly datastore: SubmitterDatastore;
}

/** Metaflow's datastore, as the submitter has configured it. */
export interface SubmitterDatastore {
  readonly type: string;
  readonly root: string;
  /** What was found when it was tried from here. */
  readonly findings: readonly Finding[];
  /** How a task on a node fetches something from it; absent where it was not tried. */
  readonly fetch?: DatastoreFetch | undefined;
}

export interface DatastoreFetch {
  /** Shell command that installs the datastore's client, as every step does. */
  readonly install: string;
  /** Shell command that fetches the sample as `job.tar` into the current folder, as every step does. */
  readonly download: string;
  readonly env: Readonly<Record<string, string>>;
  readonly secretEnv: Readonly<Record<string, string>>;
}
