import { resolve } from "node:path";
import type { Site } from "../model/site.js";
import { type Settings, metaflowSite, nomadSite } from "./implicit-sites.js";
import type { Layer, PartialSite } from "./layers.js";
import { toSite } from "./to-site.js";

/** Connection values as a command's options. */
export interface ConnectionOptions {
  readonly address?: string | undefined;
  readonly region?: string | undefined;
  readonly namespace?: string | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly serverName?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** Where a Nomad agent listens unless told otherwise. */
const usualAddress = "http://127.0.0.1:4646";

/**
 * A site without any file: the options on top of METAFLOW_NOMAD_ADDRESS and its companions, or of NOMAD_ADDR and its
 * own. An address given as an option stands alone: no token of the environment goes there.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID`
 */
export function connectionSite(
  name: string,
  options: ConnectionOptions,
  from: { readonly conf: Settings; readonly env: Settings; readonly cwd: string },
): Site {
  const own: Layer = { origin: () => "an option", values: valuesOf(options, from.cwd) };
  const base = options.address === undefined ? environment(from) : undefined;
  const below: Layer = base ?? { origin: () => "built in", values: { address: usualAddress } };
  return toSite(name, below, own).site;
}

function environment({ conf, env, cwd }: { conf: Settings; env: Settings; cwd: string }): Layer | undefined {
  return (metaflowSite(conf, cwd) ?? nomadSite(env, cwd))?.layer;
}

function valuesOf({ address, region, namespace, ...files }: ConnectionOptions, cwd: string): PartialSite {
  const file = (path: string | undefined) => (path === undefined ? undefined : resolve(cwd, path));
  const tls = defined({
    ca: file(files.ca),
    cert: file(files.cert),
    key: file(files.key),
    serverName: files.serverName,
  });
  const tokenFile = file(files.tokenFile);
  return {
    ...defined({ address, region }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(tokenFile !== undefined && { auth: { tokenFile } }),
    ...(namespace !== undefined && { defaults: { namespace } }),
  };
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
