import { checkConfig } from "../core/doctor/check-config.js";
import { brokenBy, examine } from "../core/doctor/doctor.js";
import { describeFinding, type Finding } from "../core/doctor/finding.js";
import type { LoadedSites } from "../core/config/load-sites.js";
import type { Host } from "../core/host/host.js";
import { say } from "./say.js";
import { type Caller, takeCaller } from "./caller.js";
import { type Brought, createLogger, loadHere, openLoaded } from "./open-host.js";
import { untilInterrupted } from "./until-interrupted.js";

export interface DoctorOptions {
  readonly site?: string;
  readonly probe?: boolean;
  readonly json?: boolean;
}

/** `metaflow-nomad doctor`: one line per check; the exit code is 1 when any of them failed. */
export async function doctorCommand(options: DoctorOptions): Promise<number> {
  const print = options.json === true ? (one: Finding) => JSON.stringify(one) : describeFinding;
  const caller = takeCaller(process.env);
  let failed = false;
  for await (const finding of diagnose(options, caller, untilInterrupted())) {
    say(`${print(finding)}\n`);
    failed ||= finding.status === "fail";
  }
  return failed ? 1 : 0;
}

async function* diagnose(options: DoctorOptions, { submitter }: Caller, signal: AbortSignal): AsyncGenerator<Finding> {
  const { type, root } = submitter?.datastore ?? {};
  const opened = await open(options.site, type === "local" && root !== undefined ? { localFolder: root } : {});
  if ("status" in opened) {
    yield opened;
    return;
  }
  const { loaded, name } = opened;
  await using host = opened.host;
  yield* checkConfig({ ...loaded, warnings: host.warnings }, name);
  const origins = new Map((loaded.origins[name] ?? []).map(({ path, origin }) => [path, origin]));
  yield* examine({ tools: host.site(name), origins, submitter, probe: options.probe === true }, signal);
}

interface Opened {
  readonly loaded: LoadedSites;
  readonly host: Host;
  readonly name: string;
}

/** Whatever is wrong with the configuration, or with its plugins, is the first finding and the last. */
async function open(site: string | undefined, brought: Brought): Promise<Opened | Finding> {
  try {
    const loaded = await loadHere();
    const host = await openLoaded(loaded, createLogger(), brought);
    const name = site ?? loaded.defaultSite;
    host.site(name);
    return { loaded, host, name };
  } catch (error) {
    return brokenBy(error, "config");
  }
}
