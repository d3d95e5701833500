import type { Caller } from "../caller.js";
import type { ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type * as Nomad from "../types/nomad.js";

/** A command that a job's tasks offer under a name. Source: command/agent/job_endpoint.go `jobActions` */
export interface JobAction {
  readonly Name: string;
  readonly Command: string;
  readonly Args: readonly string[] | null;
  readonly TaskName: string;
  readonly TaskGroupName: string;
}

/** What became of a job. Source: https://developer.hashicorp.com/nomad/api-docs/jobs */
export class JobParts {
  constructor(protected readonly call: Caller) {}

  /** GET /job/:id/summary. How many allocations of each group are in which state. */
  summary(id: string, options?: ReadOptions): WatchableQuery<Nomad.JobSummary> {
    return this.call.read(path`/job/${id}/summary`, options);
  }

  /** GET /job/:id/allocations. `all`: also those of earlier jobs of that ID. */
  allocations(
    id: string,
    options: ListOptions & { readonly all?: boolean | undefined } = {},
  ): ListQuery<Nomad.AllocationListStub> {
    return this.call.list(path`/job/${id}/allocations`, options, { query: { all: options.all } });
  }

  /** GET /job/:id/evaluations */
  evaluations(id: string, options?: ListOptions): ListQuery<Nomad.Evaluation> {
    return this.call.list(path`/job/${id}/evaluations`, options);
  }

  /** GET /job/:id/deployments. `all`: also those of earlier jobs of that ID. */
  deployments(
    id: string,
    options: ListOptions & { readonly all?: boolean | undefined } = {},
  ): ListQuery<Nomad.Deployment> {
    return this.call.list(path`/job/${id}/deployments`, options, { query: { all: options.all } });
  }

  /** GET /job/:id/deployment. The latest one; null where there was none. */
  latestDeployment(id: string, options?: ReadOptions): WatchableQuery<Nomad.Deployment | null> {
    return this.call.find(path`/job/${id}/deployment`, options);
  }

  /** GET /job/:id/scale. Counts and events of scaling, group by group. */
  scaleStatus(id: string, options?: ReadOptions): WatchableQuery<Nomad.JobScaleStatusResponse> {
    return this.call.read(path`/job/${id}/scale`, options);
  }

  /** GET /job/:id/services */
  services(id: string, options?: ListOptions): ListQuery<Nomad.ServiceRegistration> {
    return this.call.list(path`/job/${id}/services`, options);
  }

  /** GET /job/:id/actions. The commands that the job's tasks offer; `exec.action` runs one. */
  actions(
    id: string,
    options: ListOptions & { readonly group?: string | undefined; readonly allocationId?: string | undefined } = {},
  ): ListQuery<JobAction> {
    return this.call.list(path`/job/${id}/actions`, options, {
      query: { group: options.group, allocID: options.allocationId },
    });
  }
}
