import { createHash } from "node:crypto";
import type { DependencyContainer } from "tsyringe";
import type { Clock } from "../contracts/clock.js";
import type { PluginCommand } from "../contracts/command.js";
import type { ConfigFragment } from "../contracts/config-fragment.js";
import type { Logger } from "../contracts/logger.js";
import type { Plugin } from "../contracts/plugin.js";
import type { QueueAddress, QueueSource } from "../contracts/queue-source.js";
import { withoutLocalAgent } from "../config/local-agent.js";
import { LauncherError } from "../errors/launcher-error.js";
import { refuse } from "../errors/refuse.js";
import type { Site } from "../model/site.js";
import { composeHost, composeSite, type ComposedSite } from "./compose.js";
import { readExtensions } from "./read-extensions.js";
import type { Registered } from "./plugin-registry.js";
import { Metrics, PluginRegistry } from "./tokens.js";
import type { SiteLauncher } from "./site-launcher.js";

/** Connection values a step gave itself: they form a site of their own, never mixed with another's. */
export interface Connection {
  readonly address: string;
  readonly region?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

/** What a host is made from. */
export interface HostParts {
  readonly sites: Readonly<Record<string, Site>>;
  readonly defaultSite: string;
  /** Config file the sites are from, for messages. */
  readonly file?: string;
  /** Line and column of a value in that file. */
  readonly place?: (path: readonly string[]) => string;
  /** What is configured and does nothing. */
  readonly warnings?: readonly string[];
  readonly plugins: readonly Plugin[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** What else ends with the host. */
  readonly also?: Disposable;
}

/** The plugin host: knows the sites, composes each when it is first used, closes them all. */
export class Host implements AsyncDisposable {
  readonly #container: DependencyContainer;
  readonly #open = new Map<string, ComposedSite>();
  readonly #warnings: string[];
  readonly #sites: HostParts["sites"];

  /** @throws LauncherError `NOMAD_E_PLUGIN_*` for all plugins that cannot be used; `NOMAD_E_CONFIG_INVALID` for their settings. */
  constructor(private readonly parts: HostParts) {
    this.#warnings = [...(parts.warnings ?? [])];
    this.#container = composeHost({ ...parts, warn: (warning) => void this.#warnings.push(warning) });
    this.#sites = readExtensions(parts.sites, this.#container.resolve(PluginRegistry).fragments, parts);
  }

  /** The launcher of a site; of the default site when no name is given. */
  site(name: string = this.parts.defaultSite): SiteLauncher {
    const site = this.#sites[name];
    if (site === undefined) {
      const known = Object.keys(this.#sites).join(", ");
      throw new LauncherError("NOMAD_E_CONFIG_UNKNOWN_SITE", {
        site: name,
        known,
        file: this.parts.file ?? "the environment",
      });
    }
    return this.#launcher(name, site);
  }

  /** The launcher for connection values of a step's own; everything else is the default site's. */
  connection(connection: Connection): SiteLauncher {
    const base = this.#sites[this.parts.defaultSite] ?? Object.values(this.#sites)[0];
    if (base === undefined) return this.site(); // which says that there is none
    const { tls: _tls, region: _region, ...rest } = withoutLocalAgent(base);
    const name = `${connection.address}${connection.region === undefined ? "" : ` (${connection.region})`}`;
    const { address, region, ...auth } = connection;
    // Two steps may use one cluster with two tokens; the token itself is kept out of every name.
    const identity = createHash("sha256").update(JSON.stringify(auth)).digest("hex");
    return this.#launcher(`connection ${name} ${identity}`, {
      ...rest,
      name,
      address,
      auth,
      ...(region !== undefined && { region }),
    });
  }

  /** Names of the configured sites, the default one first. */
  get siteNames(): readonly string[] {
    const { sites, defaultSite } = this.parts;
    return [...new Set([defaultSite, ...Object.keys(sites)])];
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** What this host has done so far, as OpenMetrics text. */
  get metrics(): string {
    return this.#container.resolve(Metrics).text();
  }

  /** What each plugin brought, in the order of loading. */
  get plugins(): ReadonlyMap<string, readonly Registered[]> {
    return this.#container.resolve(PluginRegistry).registered;
  }

  /** A command that a plugin brought, and whose it is. */
  command(name: string): { readonly command: PluginCommand; readonly plugin: string } | undefined {
    const { commands } = this.#container.resolve(PluginRegistry);
    const command = commands.get(name);
    return command === undefined ? undefined : { command, plugin: commands.ownerOf(name) ?? "" };
  }

  /**
   * The source of a queue, of the kind that the scheme of its URL names.
   * @throws LauncherError `NOMAD_E_REQUEST_INVALID` where nobody brought that kind.
   */
  queue(address: QueueAddress): QueueSource {
    const { queueSources } = this.#container.resolve(PluginRegistry);
    const scheme = address.url.protocol.slice(0, -1);
    const make = queueSources.get(scheme);
    if (make !== undefined) return make(address);
    const cure = `Known are ${queueSources.names().join(", ")}; a plugin can bring another.`;
    throw refuse("url", `there is no queue source ${scheme}`, cure);
  }

  /** The schemas of what plugins add to a site, by key below `extensions`. */
  get fragments(): ReadonlyMap<string, ConfigFragment> {
    return this.#container.resolve(PluginRegistry).fragments.entries();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.values()].map((site) => site[Symbol.asyncDispose]()));
    this.#open.clear();
    this.parts.also?.[Symbol.dispose]();
  }

  #launcher(key: string, site: Site): SiteLauncher {
    const composed = this.#open.get(key) ?? composeSite(this.#container, site);
    this.#open.set(key, composed);
    return composed.launcher;
  }
}
