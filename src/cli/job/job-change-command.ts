import { durationOf } from "../../core/blocks/duration.js";
import { followJob } from "../../client/jobs/follow-job.js";
import { promoteJob } from "../../client/jobs/promote-job.js";
import type { NomadClient } from "../../client/create-client.js";
import { promoteRegions } from "../../client/jobs/roll-out.js";
import { scaleJob } from "../../client/jobs/scale-job.js";
import { failJob, jobHistory, revertJob } from "../../client/jobs/versions.js";
import { describeError } from "../../core/errors/launcher-error.js";
import { say, warn } from "../say.js";
import { type PlaceOptions, withClients } from "../with-client.js";
import { onNews, tell } from "./job-command.js";
import { type RegionOptions, regionsAsked } from "./region-options.js";
import { numberOf } from "./read-input.js";

interface Detachable extends PlaceOptions {
  readonly detach?: boolean;
}

/** `metaflow-nomad job scale JOB [GROUP] COUNT` */
export function jobScaleCommand(
  id: string,
  words: readonly string[],
  options: Detachable & { readonly message?: string },
): Promise<number> {
  const [group, text] = words.length > 1 ? words : [undefined, words[0]];
  const count = numberOf("count", text ?? "");
  return withClients(options, async ({ nomad, signal }) => {
    const { EvalID } = await scaleJob(nomad, id, count, { signal, group, message: options.message });
    if (options.detach === true) return tell({ code: 0, reason: `scaled to ${String(count)}` });
    return tell(await followJob(nomad, id, EvalID, { signal, onNews }));
  });
}

export interface PromoteCommandOptions extends PlaceOptions, RegionOptions {
  readonly group?: readonly string[];
  readonly watch?: boolean;
  readonly healthyFor: string;
  readonly timeout: string;
}

/** `metaflow-nomad job promote JOB` */
export function jobPromoteCommand(id: string, options: PromoteCommandOptions): Promise<number> {
  const ms = (text: string, what: string) => durationOf(text, what) / 1e6;
  const how = {
    groups: options.group,
    watch: options.watch,
    healthyForMs: ms(options.healthyFor, "--healthy-for"),
    timeoutMs: ms(options.timeout, "--timeout"),
  };
  const { regions, ...strategy } = regionsAsked(options);
  return withClients(options, async ({ nomad, signal }) => {
    const promoting = { signal, ...how, onNews };
    if (regions === undefined) return tell(await promoteJob(nomad, id, promoting));
    return tell(await promoteRegions(nomad, id, { regions, ...strategy }, promoting));
  });
}

/** `metaflow-nomad job fail JOB` */
export function jobFailCommand(id: string, options: PlaceOptions): Promise<number> {
  return withClients(options, async ({ nomad, signal }) => {
    const { RevertedJobVersion } = await failJob(nomad, id, { signal });
    const back = RevertedJobVersion === null ? "" : `; the job goes back to version ${String(RevertedJobVersion)}`;
    return tell({ code: 0, reason: `the deployment of ${id} was failed${back}` });
  });
}

/** `metaflow-nomad job revert JOB [VERSION]` */
export function jobRevertCommand(id: string, version: string | undefined, options: Detachable): Promise<number> {
  const wanted = version === undefined ? undefined : numberOf("version", version);
  const { detach } = options;
  return withClients(options, async ({ nomad, signal }) =>
    tell(await revertJob(nomad, id, { signal, version: wanted, detach, onNews })),
  );
}

/** `metaflow-nomad job stop JOB`: exactly that one. */
export function jobStopCommand(
  id: string,
  options: PlaceOptions & RegionOptions & { readonly purge?: boolean },
): Promise<number> {
  const { regions } = regionsAsked(options);
  return withClients(options, async ({ nomad, signal }) => {
    if (regions !== undefined) return stopInRegions(nomad, id, regions, { signal, purge: options.purge });
    // Nomad takes the stop of a job it does not have without a word.
    await nomad.jobs.read(id, { signal });
    await nomad.jobs.deregister(id, { signal, purge: options.purge });
    return tell({ code: 0, reason: `job ${id} was stopped${options.purge === true ? " and purged" : ""}` });
  });
}

/** One region that does not have it keeps no other from stopping it. */
async function stopInRegions(
  nomad: NomadClient,
  id: string,
  regions: readonly string[],
  { signal, purge }: { readonly signal: AbortSignal; readonly purge: boolean | undefined },
): Promise<number> {
  let code = 0;
  for (const region of regions)
    try {
      await nomad.jobs.read(id, { signal, region });
      await nomad.jobs.deregister(id, { signal, region, purge });
      say(`${region}: job ${id} was stopped${purge === true ? " and purged" : ""}.\n`);
    } catch (error) {
      signal.throwIfAborted();
      code = 1;
      warn(`${region}: ${describeError(error)}\n`);
    }
  return code;
}

/** `metaflow-nomad job history JOB` */
export function jobHistoryCommand(id: string, options: PlaceOptions & { readonly json?: boolean }): Promise<number> {
  return withClients(options, async ({ nomad, signal }) => {
    const entries = await jobHistory(nomad, id, { signal });
    if (options.json === true) process.stdout.write(`${JSON.stringify(entries)}\n`);
    else
      for (const { version, stable, submittedAt, changes } of entries) {
        say(`Version ${String(version)}${stable ? ", stable" : ""}, ${new Date(submittedAt).toISOString()}\n`);
        for (const line of changes) say(`  ${line}\n`);
      }
    return 0;
  });
}
