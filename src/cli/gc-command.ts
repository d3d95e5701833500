import { describeError } from "../core/errors/launcher-error.js";
import { systemClock } from "../core/host/system-clock.js";
import { type SweepReport, sweepDead } from "../server/sweep-dead.js";
import { say, warn } from "./say.js";
import { openHostHere } from "./open-host.js";
import { untilInterrupted } from "./until-interrupted.js";

/** `metaflow-nomad gc`: stops and removes what dead runs of this machine and user have left. */
export async function gcCommand(options: { readonly site?: string; readonly dryRun?: boolean }): Promise<number> {
  const signal = untilInterrupted();
  await using host = await openHostHere();
  const names = options.site === undefined ? host.siteNames : [options.site];
  const dryRun = options.dryRun === true;
  const told = { count: 0, failed: false };
  await sweepDead(
    names.map((name) => host.site(name)),
    teller(dryRun, told),
    { clock: systemClock, dryRun, earlierBoots: true },
    signal,
  );
  if (told.count === 0 && !told.failed) say("Nothing of a dead run is left.\n");
  return told.failed ? 1 : 0;
}

function teller(dryRun: boolean, told: { count: number; failed: boolean }): SweepReport {
  const tell = (line: string) => {
    told.count += 1;
    say(`${line}\n`);
  };
  return {
    stopped: ({ jobId, submitter }, site) =>
      tell(`${dryRun ? "Would stop" : "Stopped"} ${jobId} on ${site}: its process ${submitter.pid} is gone.`),
    removed: (folder) => tell(`${dryRun ? "Would remove" : "Removed"} ${folder}.`),
    failed: (what, error) => {
      told.failed = true;
      warn(`${what} could not be swept. ${describeError(error)}\n`);
    },
  };
}
