import type { Clock } from "../contracts/clock.js";
import type { LaunchFeature } from "../contracts/feature.js";
import type { Logger } from "../contracts/logger.js";
import type { LogSink } from "../contracts/log-sink.js";
import type { NomadTransport } from "../contracts/transport.js";
import type { ConnectionBudget } from "../logs/connection-budget.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { LaunchProgress } from "../model/progress.js";
import type { Site } from "../model/site.js";
import type { WatchLoop } from "../watch/watch-loop.js";
import type { OwedStops } from "./owed-stops.js";
import type { NodeSizes } from "./node-sizes.js";
import type { Parts } from "./request-to-draft.js";
import type { ServerVersion } from "./server-version.js";
import type { SubmitGate } from "./submit-gate.js";

/** What every stage may use; one per site and host. */
export interface LaunchContext {
  readonly site: Site;
  readonly transport: NomadTransport;
  readonly budget: ConnectionBudget;
  readonly gate: SubmitGate;
  readonly nodes: NodeSizes;
  readonly version: ServerVersion;
  readonly parts: Parts;
  readonly features: readonly LaunchFeature[];
  /** Stops that Nomad has not taken yet. */
  readonly owed: OwedStops;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The loop that watches a namespace and region; the same one for all tasks there. */
  watchLoop(namespace: string, region: string | undefined): WatchLoop;
}

/** One launch: what was asked, where its output goes, and whom to tell. */
export interface Launch {
  readonly request: LaunchRequest;
  readonly sink: LogSink;
  readonly report: (progress: LaunchProgress) => void;
  /** Aborts when nobody wants the task any more: its job is then stopped. */
  readonly signal: AbortSignal;
  /** Whether a host that died had registered the job already. Default false. */
  readonly resumes?: boolean;
}
