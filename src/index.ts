/**
 * `metaflow-nomad`: the launcher as a library.
 *
 * ```ts
 * const { sites, defaultSite, plugins, file } = await loadSites({ conf: {}, env: process.env, startDir: process.cwd() });
 * const listed = file === undefined ? { plugins: [] } : await loadPlugins(plugins, file);
 * await using host = new Host({
 *   sites, defaultSite, plugins: [...builtinPlugins, ...listed.plugins], clock: systemClock, logger,
 * });
 * const outcome = await host.site().launch({ request, sink, report, signal });
 * ```
 */
import "reflect-metadata";
import type { Plugin } from "./core/contracts/plugin.js";
import { driversPlugin } from "./drivers/plugin.js";
import { builtinPlugin } from "./plugins/builtin.js";
import { queuesPlugin } from "./queues/plugin.js";
import { transportsPlugin } from "./transports/plugin.js";

export { type LoadedSites, loadSites, type LoadOptions, type PluginEntry } from "./core/config/load-sites.js";
export { catalogue, type CatalogueEntry, type ErrorCode } from "./core/errors/catalogue.js";
export { describeError, LauncherError } from "./core/errors/launcher-error.js";
export { type Connection, Host, type HostParts } from "./core/host/host.js";
export { type ListedPlugin, type LoadedPlugins, loadPlugins } from "./core/host/load-plugins.js";
export type { SiteLauncher } from "./core/host/site-launcher.js";
export { systemClock } from "./core/host/system-clock.js";
export type { Launch } from "./core/launch/context.js";
export type { LaunchProgress, Placement } from "./core/model/progress.js";
export type { LaunchRequest } from "./core/model/launch-request.js";
export type { Outcome, OutcomeKind } from "./core/model/outcome.js";
export type { Site } from "./core/model/site.js";

/** What comes along, registered as any plugin: transports and watchers, drivers and devices, features, queues. */
export const builtinPlugins: readonly Plugin[] = [transportsPlugin, driversPlugin, builtinPlugin, queuesPlugin];
