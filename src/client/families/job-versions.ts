import type { CallOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { WatchableQuery } from "../query.js";
import type * as Nomad from "../types/nomad.js";
import { JobParts } from "./job-parts.js";

/** The versions of a job. Source: https://developer.hashicorp.com/nomad/api-docs/jobs */
export class JobVersions extends JobParts {
  /** GET /job/:id/versions. `diffs` brings what changed from version to version, or since a tagged or numbered one. */
  versions(
    id: string,
    options: ReadOptions & {
      readonly diffs?: boolean | undefined;
      readonly diffTag?: string | undefined;
      readonly diffVersion?: number | undefined;
    } = {},
  ): WatchableQuery<Nomad.JobVersionsResponse> {
    const query = { diffs: options.diffs, diff_tag: options.diffTag, diff_version: options.diffVersion };
    return this.call.read(path`/job/${id}/versions`, options, { query });
  }

  /** POST /job/:id/revert. Registers an earlier version again. */
  revert(
    id: string,
    version: number,
    options: CallOptions & { readonly enforcePriorVersion?: number | undefined } = {},
  ): Promise<Nomad.JobRegisterResponse> {
    const body = { JobID: id, JobVersion: version, EnforcePriorVersion: options.enforcePriorVersion };
    return this.call.send("POST", path`/job/${id}/revert`, options, { body });
  }

  /** PUT /job/:id/stable. Marks a version as one to fall back to. */
  stable(id: string, version: number, stable: boolean, options?: CallOptions): Promise<Nomad.JobStabilityResponse> {
    const body = { JobID: id, JobVersion: version, Stable: stable };
    return this.call.send("PUT", path`/job/${id}/stable`, options, { body });
  }

  /** PUT /job/:id/versions/:name/tag. Names a version, so that it is kept. Since Nomad 1.9. */
  tagVersion(
    id: string,
    name: string,
    tag: { readonly version: number; readonly description?: string | undefined },
    options?: CallOptions,
  ): Promise<void> {
    const body = { Version: tag.version, Description: tag.description ?? "" };
    return this.call.tell("PUT", path`/job/${id}/versions/${name}/tag`, options, { body });
  }

  /** DELETE /job/:id/versions/:name/tag. Since Nomad 1.9. */
  untagVersion(id: string, name: string, options?: CallOptions): Promise<void> {
    return this.call.tell("DELETE", path`/job/${id}/versions/${name}/tag`, options);
  }

  /** GET /job/:id/submission. The source a version was made from; Nomad keeps the last few. */
  submission(id: string, version: number, options?: ReadOptions): WatchableQuery<Nomad.JobSubmission> {
    return this.call.read(path`/job/${id}/submission`, options, { query: { version } });
  }
}
