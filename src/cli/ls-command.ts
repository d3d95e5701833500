import { describeError } from "../core/errors/launcher-error.js";
import { plainText } from "../core/errors/plain-text.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import { systemClock as clock } from "../core/host/system-clock.js";
import { poolLines } from "../core/listing/pool-lines.js";
import { type Row, readRows } from "../core/listing/read-rows.js";
import { table } from "../core/listing/table.js";
import { openHostHere } from "./open-host.js";
import { say, warn } from "./say.js";
import { leftCode, untilInterrupted } from "./until-interrupted.js";

export interface LsOptions {
  readonly site?: string;
  readonly allSites?: boolean;
  readonly all?: boolean;
  readonly user?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** Pause between two looks of `--watch`, in milliseconds. */
const pauseMs = 2_000;
/** Moves to the top left corner; clears to the end of the screen. Source: ECMA-48, CUP and ED */
const home = "\u001b[H\u001b[J";

/** `metaflow-nomad ls`: what this launcher has running, as a table. */
export async function lsCommand(options: LsOptions): Promise<number> {
  const signal = untilInterrupted();
  await using host = await openHostHere();
  const launchers =
    options.allSites === true ? host.siteNames.map((name) => host.site(name)) : [host.site(options.site)];
  if (options.watch !== true) return print(await look(launchers, options, signal), launchers.length > 1, options);
  return await watch(launchers, options, signal);
}

async function watch(launchers: readonly SiteLauncher[], options: LsOptions, signal: AbortSignal): Promise<number> {
  try {
    for (;;) {
      const rows = await look(launchers, options, signal);
      if (process.stdout.isTTY) process.stdout.write(home);
      print(rows, launchers.length > 1, options);
      await clock.sleep(pauseMs, signal);
    }
  } catch (error) {
    if (signal.aborted) return leftCode(signal);
    throw error;
  }
}

async function look(launchers: readonly SiteLauncher[], options: LsOptions, signal: AbortSignal): Promise<Row[]> {
  const found = await Promise.allSettled(
    launchers.map(({ site, transport }) => {
      const where = { namespace: site.defaults.namespace, region: site.region };
      return readRows({ site: site.name, transport, all: options.all === true, ...where }, signal);
    }),
  );
  const failed = found.filter((result) => result.status === "rejected");
  if (failed.length === launchers.length) throw failed[0]?.reason;
  for (const { reason } of failed) warn(`A site could not be asked: ${describeError(reason)}\n`);
  const rows = found.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  return options.user === undefined ? rows : rows.filter(({ user }) => user === options.user);
}

function print(rows: readonly Row[], sites: boolean, { json }: LsOptions): number {
  if (json === true) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else if (rows.length === 0) say("Nothing runs.\n");
  else {
    const clean = rows.map(cleaned);
    const width = process.stdout.isTTY ? process.stdout.columns : undefined;
    // In one piece: thousands of lines would be thousands of writes.
    const lines = [...table(clean, { width, now: clock.now(), sites }), ...poolLines(clean, sites)];
    say(`${lines.join("\n")}\n`);
  }
  return 0;
}

/** Cleaned before it is measured: what is written out takes more columns. Hardly any row needs it. */
function cleaned(row: Row): Row {
  const texts = Object.entries(row as unknown as Readonly<Record<string, unknown>>);
  const changed = texts.flatMap(([name, value]) => {
    const clean = typeof value === "string" ? plainText(value) : value;
    return clean === value ? [] : [[name, clean] as const];
  });
  return changed.length === 0 ? row : { ...row, ...Object.fromEntries(changed) };
}
