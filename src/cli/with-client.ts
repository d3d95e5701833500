import { createNomadClient, type NomadClient } from "../client/create-client.js";
import type { Host } from "../core/host/host.js";
import { systemClock } from "../core/host/system-clock.js";
import { openHostHere } from "./open-host.js";
import { warn } from "./say.js";
import { leftCode, untilInterrupted } from "./until-interrupted.js";

/** What every command takes that talks to one site. */
export interface PlaceOptions {
  readonly site?: string;
  readonly namespace?: string;
}

/** A site, as a command sees it. */
export interface AtSite {
  readonly nomad: NomadClient;
  readonly site: string;
  readonly region: string | undefined;
  /** The namespace that was named; else undefined: the site's. */
  readonly namespace: string | undefined;
  readonly signal: AbortSignal;
  readonly host: Host;
}

/** Runs a command with a client of each named site (`a,b`; default: the default site), one after another; the first code that is not 0 counts. */
export async function withClients(
  { site, namespace }: PlaceOptions,
  command: (at: AtSite) => Promise<number>,
): Promise<number> {
  const signal = untilInterrupted();
  await using host = await openHostHere();
  let code = 0;
  // All of them before the first is gone to: one that is not there is not to be found half-way.
  for (const launcher of (site?.split(",") ?? [undefined]).map((name) => host.site(name))) {
    const own = namespace ?? launcher.site.defaults.namespace;
    await using nomad = createNomadClient({
      transport: launcher.transport,
      namespace: own,
      clock: systemClock,
      env: {},
    });
    const at = { nomad, site: launcher.site.name, region: launcher.site.region, namespace, signal, host };
    const ended = await untilLeft(() => command(at), signal);
    if (code === 0) code = ended;
    if (signal.aborted) break;
  }
  return code;
}

/** Ctrl-C is how one leaves a follow; what is followed goes on. */
async function untilLeft(command: () => Promise<number>, signal: AbortSignal): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!signal.aborted) throw error;
    const code = leftCode(signal);
    if (code === 130) warn("Left; what was started on Nomad goes on.\n");
    return code;
  }
}
