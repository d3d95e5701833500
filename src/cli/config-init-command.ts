import { access, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { checkConfig } from "../core/config/check-config.js";
import { textFile } from "../core/config/config-file.js";
import { type ConnectionOptions, connectionSite } from "../core/config/connection-site.js";
import { refuse } from "../core/errors/refuse.js";
import { readOffer } from "../core/init/read-offer.js";
import { siteFile } from "../core/init/site-file.js";
import { say } from "./say.js";
import { confOf, createLogger, openSite } from "./open-host.js";
import { untilInterrupted } from "./until-interrupted.js";

export interface InitOptions extends ConnectionOptions {
  readonly site: string;
  readonly out: string;
  readonly force?: boolean;
}

/** `metaflow-nomad config init`: a site file for the cluster that can be reached from here. */
export async function configInitCommand(options: InitOptions): Promise<number> {
  const file = options.out === "-" ? "standard output" : resolve(options.out);
  if (options.out !== "-") await mustBeFree(file, options.force === true);
  const text = await describeCluster(options);
  // What is written loads: a name that cannot be a site's is refused here, before there is a file.
  checkConfig(textFile(file, text));
  if (options.out === "-") say(text);
  else {
    await writeFile(file, text);
    say(`Wrote ${file}. Look through it, then: metaflow-nomad doctor\n`);
  }
  return 0;
}

async function mustBeFree(file: string, force: boolean): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (there && !force)
    throw refuse(file, "it is there already", "Give --force to write over it, or --out another file.");
}

async function describeCluster(options: InitOptions): Promise<string> {
  const from = { conf: confOf(process.env), env: process.env, cwd: process.cwd() };
  const site = connectionSite(options.site, options, from);
  await using host = openSite(site, createLogger());
  const place = { namespace: site.defaults.namespace, region: site.region };
  const offer = await readOffer(host.site().transport, place, untilInterrupted());
  return siteFile({ name: options.site, site, offer });
}
