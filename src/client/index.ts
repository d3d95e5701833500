/**
 * `metaflow-nomad/client`: a typed client of Nomad's HTTP API, to be used alone.
 *
 * ```ts
 * await using nomad = createNomadClient();
 * const { EvalID } = await nomad.jobs.register(job);
 * ```
 */
export { catalogue, type CatalogueEntry, type ErrorCode } from "../core/errors/catalogue.js";
export { describeError, type ErrorFacts, LauncherError } from "../core/errors/launcher-error.js";
export type { ConnectionOptions } from "./connect.js";
export { type ClientOptions, createNomadClient, type NomadClient } from "./create-client.js";
export type { ExecIo, TerminalSize } from "../core/contracts/task-exec.js";
export type { LogMark, LogStream } from "../core/contracts/log-sink.js";
export type { LogPiece } from "../core/logs/read-log.js";
export type { JoinResult, SchedulerWorkers } from "./families/agent.js";
export type { AgentChoice, ExportOptions, MonitorOptions, ProfileOptions } from "./families/agent-debug.js";
export type { TaskScheduleState } from "./families/allocations.js";
export type { CsiSecrets } from "./families/csi-volumes.js";
export type { EventBatch, EventOptions, EventPayload, NomadEvent } from "./families/events.js";
export type { ActionRequest, ExecRequest } from "./families/exec.js";
export type { FilePiece } from "./families/fs.js";
export type { JobAction } from "./families/job-parts.js";
export type { JobInput, ParseOptions, RegisterOptions } from "./families/jobs.js";
export type { LogOptions } from "./families/logs.js";
export type { ConfigurationOptions, RaftPeer } from "./families/operator.js";
export type { RawSending } from "./families/raw.js";
export type { SearchContext } from "./families/search.js";
export type { CheckOptions, LockedVariable, LockOptions } from "./families/variables.js";
export * from "./jobs/index.js";
export type { QueueAddress, QueueSource } from "../core/contracts/queue-source.js";
export { redisQueue } from "../queues/redis.js";
export type { CallOptions, ListOptions, ReadOptions } from "./options.js";
export type { ListQuery, Query, Reply, WatchableQuery } from "./query.js";
export type { Input } from "./types/input.js";
export type * from "./types/nomad.js";
