import type { Clock } from "../contracts/clock.js";
import type { NomadTransport } from "../contracts/transport.js";
import type { Launch } from "../launch/context.js";
import type { Draft } from "../launch/request-to-draft.js";
import type { Job } from "../model/job.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Outcome } from "../model/outcome.js";
import type { Site } from "../model/site.js";
import type { Datacenters } from "../survey/dry-run.js";
import type { NodeFacts } from "../survey/read-nodes.js";
import type { TokenFacts } from "../survey/read-token.js";
import type { Finding } from "./finding.js";
import type { Submitter } from "./submitter.js";

/** What the doctor examines a site with; a SiteLauncher is one. */
export interface DoctorTools {
  readonly site: Site;
  readonly transport: NomadTransport;
  readonly clock: Clock;
  compose(request: LaunchRequest): { readonly draft: Draft; readonly job: Job };
  launch(task: Launch): Promise<Outcome>;
}

/** A site, and what has been found out about its cluster so far. */
export interface Patient extends DoctorTools {
  /** Where a value of the site is from: path inside the site -> origin. */
  readonly origins: ReadonlyMap<string, string>;
  /** Who asks, where the wheel's command says so. */
  readonly submitter?: Submitter;
  readonly signal: AbortSignal;
  /** Gathered once, when first asked for; undefined where the token may not ask. */
  readonly cluster: ClusterFacts;
}

export interface ClusterFacts {
  token(): Promise<TokenFacts | "off" | undefined>;
  nodes(): Promise<readonly NodeFacts[] | undefined>;
  /** Ready nodes by datacenter, of the site's node pool. */
  datacenters(): Promise<Datacenters | "no-pool" | undefined>;
}

/** One check: its name, and its findings, in the order in which they are printed. */
export interface Check {
  readonly name: string;
  run(patient: Patient): Promise<readonly Finding[]>;
}
