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
export type { JobAction } from "./families/job-parts.js";
export type { JobInput, ParseOptions, RegisterOptions } from "./families/jobs.js";
export type { CallOptions, ListOptions, ReadOptions } from "./options.js";
export type { ListQuery, Query, Reply, WatchableQuery } from "./query.js";
export type { Input } from "./types/input.js";
export type * from "./types/nomad.js";
