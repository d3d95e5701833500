import type { ApiCall } from "../core/contracts/transport.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { Site } from "../core/model/site.js";

/** A site's address, taken apart. */
export interface HttpEndpoint {
  /** What undici connects to; a placeholder host for unix sockets. */
  readonly origin: string;
  /** Path before `/v1`, without a slash at its end: `""`, or a reverse proxy's prefix. */
  readonly basePath: string;
  readonly socketPath?: string;
  readonly secure: boolean;
  /** The address as messages show it: never with a user or a password. */
  readonly display: string;
}

const protocols = new Set(["http:", "https:", "unix:"]);

/**
 * Reads a site's address: `http://`, `https://` or `unix://`.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID` when it is none of these.
 */
export function parseAddress({ address, name }: Pick<Site, "address" | "name">): HttpEndpoint {
  const url = URL.parse(address);
  if (url === null || !protocols.has(url.protocol))
    throw invalid(name, "is not an http://, https:// or unix:// address");
  if (url.protocol === "unix:") return unixEndpoint(url, name);
  const basePath = url.pathname.replace(/\/+$/, "");
  return { origin: url.origin, basePath, secure: url.protocol === "https:", display: url.origin + basePath };
}

function unixEndpoint(url: URL, site: string): HttpEndpoint {
  const socketPath = decodeURIComponent(url.pathname);
  if (url.host !== "" || socketPath === "") throw invalid(site, "needs an absolute path: unix:///path/to/api.sock");
  return { origin: "http://nomad.sock", basePath: "", socketPath, secure: false, display: `unix://${socketPath}` };
}

function invalid(site: string, problem: string): LauncherError {
  return new LauncherError("NOMAD_E_CONFIG_INVALID", {
    file: "site configuration",
    place: `sites.${site}.address`,
    problem,
  });
}

/** Path and query of a call; the site's region where the call names none (Nomad knows no region header). */
export function targetOf(call: ApiCall, endpoint: HttpEndpoint, region: string | undefined): string {
  const search = new URLSearchParams();
  const query: NonNullable<ApiCall["query"]> = { region, ...definedIn(call.query) };
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    const values = typeof value === "object" ? value : [String(value)];
    for (const one of values) search.append(name, one);
  }
  return `${endpoint.basePath}/v1${call.path}${search.size > 0 ? `?${search.toString()}` : ""}`;
}

/** Without this, `region: undefined` in a call would hide the site's region. */
function definedIn(query: ApiCall["query"] = {}): NonNullable<ApiCall["query"]> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
