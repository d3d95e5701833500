import { resolve } from "node:path";
import { metaflowSite, nomadSite } from "../core/config/implicit-sites.js";
import type { Layer, PartialSite } from "../core/config/layers.js";
import { siteSchema } from "../core/config/schema.js";
import { toSite } from "../core/config/to-site.js";
import type { Credentials } from "../core/contracts/credentials.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { JsonObject } from "../core/model/json.js";
import type { Site, SiteAuth, SiteTls } from "../core/model/site.js";
import { staticToken } from "../transports/credentials/static-token.js";
import { tokenCommand } from "../transports/credentials/token-command.js";
import { tokenEnv } from "../transports/credentials/token-env.js";
import { tokenFile } from "../transports/credentials/token-file.js";

/** How a client reaches Nomad. */
export interface ConnectionOptions extends SiteAuth {
  /** `http://`, `https://` or `unix:///path` address of an agent. Default: the environment's, else http://127.0.0.1:4646. */
  readonly address?: string | undefined;
  /** Further agents of the same cluster, tried in turn when one cannot be reached. */
  readonly fallbackAddresses?: readonly string[] | undefined;
  /** HTTP(S) proxy to reach them through (CONNECT). */
  readonly proxy?: string | undefined;
  /** Files of certificates and keys; read again when they change. */
  readonly tls?: SiteTls | undefined;
  readonly region?: string | undefined;
  /** Namespace of calls that name none. Default: the environment's, else `default`. */
  readonly namespace?: string | undefined;
  /** Connections that may be open at once. Default 50; Nomad allows 100 per client address. */
  readonly connections?: number | undefined;
  /** Where variables are looked up. Default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Where a Nomad agent listens unless told otherwise. */
const usualAddress = "http://127.0.0.1:4646";

/**
 * The site that a client talks to: its options on top of METAFLOW_NOMAD_ADDRESS and its companions, or of NOMAD_ADDR and its
 * own (as the nomad command has them). An address given as an option stands alone: no token of the environment goes there.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID`
 */
export function siteOf(options: ConnectionOptions): Site {
  const own: Layer = { origin: () => "an option", values: checked(valuesOf(options)) };
  const below = options.address === undefined ? fromEnvironment(options.env ?? process.env) : nothing;
  return toSite("client", below, own).site;
}

const nothing: Layer = { origin: () => "built in", values: {} };
const prefix = "METAFLOW_NOMAD_";

function fromEnvironment(env: NonNullable<ConnectionOptions["env"]>): Layer {
  const own = Object.entries(env).filter(([name]) => name.startsWith(prefix));
  const conf = Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
  const named = metaflowSite(conf, process.cwd());
  // NOMAD_TOKEN and the others count without NOMAD_ADDR too, as they do for the nomad command.
  return (named ?? nomadSite({ NOMAD_ADDR: usualAddress, ...env }, process.cwd()))?.layer ?? nothing;
}

function valuesOf({ namespace, env: _env, ...options }: ConnectionOptions): PartialSite {
  const { token, tokenFile, tokenEnv, tokenCommand, tls, fallbackAddresses, ...rest } = options;
  const auth = defined({
    token,
    tokenFile: absolute(tokenFile),
    tokenEnv,
    tokenCommand: tokenCommand === undefined ? undefined : [...tokenCommand],
  });
  return defined({
    ...rest,
    fallbackAddresses: fallbackAddresses === undefined ? undefined : [...fallbackAddresses],
    tls: tls === undefined ? undefined : { ...tls, ...pathsOf(tls) },
    auth: Object.keys(auth).length > 0 ? auth : undefined,
    defaults: namespace === undefined ? undefined : { namespace },
  });
}

function pathsOf({ ca, cert, key, keyPassphraseFile }: SiteTls): SiteTls {
  const [a, b, c, d] = [ca, cert, key, keyPassphraseFile].map(absolute);
  return defined({ ca: a, cert: b, key: c, keyPassphraseFile: d });
}

const absolute = (file: string | undefined) => (file === undefined ? undefined : resolve(file));

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

/** Checks options as a site file's are checked. An address may come from elsewhere. */
function checked(values: PartialSite): PartialSite {
  const issue = siteSchema.safeParse({ address: usualAddress, ...values }).error?.issues[0];
  if (issue === undefined) return values;
  const facts = { file: "createNomadClient", place: issue.path.join(".") || "options", problem: issue.message };
  throw new LauncherError("NOMAD_E_CONFIG_INVALID", facts);
}

const anonymous: Credentials = {
  origin: "no token",
  token: () => Promise.resolve(undefined),
  refresh: () => Promise.resolve(false),
};

/** The token of a site, however it is given. */
export function credentialsOf({ auth }: Pick<Site, "auth">): Credentials {
  for (const kind of [tokenFile, tokenEnv, tokenCommand, staticToken]) {
    const found = kind(auth as SiteAuth & JsonObject);
    if (found !== undefined) return found;
  }
  return anonymous;
}
