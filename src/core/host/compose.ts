import { type DependencyContainer, container as rootContainer } from "tsyringe";
import type { Plugin } from "../contracts/plugin.js";
import type { Credentials } from "../contracts/credentials.js";
import { ConnectionBudget as ConnectionBudgetClass } from "../logs/connection-budget.js";
import type { JsonObject } from "../model/json.js";
import { ConnectionShares, divide } from "./connection-shares.js";
import { Metrics as MetricsClass } from "../metrics/metrics.js";
import { Neighbours } from "./neighbours.js";
import { orderPlugins } from "./order-plugins.js";
import { pluginLogger } from "./plugin-logger.js";
import { PluginReport } from "./plugin-report.js";
import { PluginRegistry as PluginRegistryClass } from "./plugin-registry.js";
import { SiteLauncher } from "./site-launcher.js";
import { Clock, ConnectionBudget, Logger, Metrics, PluginRegistry, Site, Transport, Watch } from "./tokens.js";
import { Watch as WatchClass } from "./watch.js";

/** What a host is composed of. */
interface ComposeParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly plugins: readonly Plugin[];
  /** Told of plugins that cannot be used and are not required. */
  readonly warn: (warning: string) => void;
}

/** The composition root: the only place that registers anything. */
export function composeHost(parts: ComposeParts): DependencyContainer {
  const registry = registerAll(parts);
  const metrics = new MetricsClass();
  for (const sink of registry.metrics.all()) metrics.alsoTo(sink);
  const host = rootContainer.createChildContainer();
  host.registerInstance(Clock, parts.clock);
  host.registerInstance(Logger, parts.logger);
  host.registerInstance(Metrics, metrics);
  host.registerInstance(PluginRegistry, registry);
  return host;
}

/** Lets every plugin register, and tells of all that cannot, at once. */
function registerAll({ clock, logger, plugins, warn }: ComposeParts): PluginRegistryClass {
  const loggerFor = (plugin: Plugin) => ("source" in plugin ? pluginLogger(plugin.name, logger, clock) : logger);
  const registry = new PluginRegistryClass({ clock, loggerFor });
  const report = new PluginReport();
  const { order, circles } = orderPlugins(plugins);
  for (const [plugin, error] of circles) report.add(error, plugin);
  for (const plugin of order) {
    try {
      registry.add(plugin);
    } catch (error) {
      report.add(error, plugin);
    }
  }
  for (const warning of report.close()) warn(warning);
  return registry;
}

/** A site's own container, and what of it must be closed, last opened first. */
export interface ComposedSite extends AsyncDisposable {
  readonly launcher: SiteLauncher;
}

/** Composes one site below the host: its transport, its watch loops, its share of connections. */
export function composeSite(host: DependencyContainer, site: Site): ComposedSite {
  const scope = host.createChildContainer();
  const [plugins, clock, logger] = [host.resolve(PluginRegistry), host.resolve(Clock), host.resolve(Logger)];
  const credentials = findCredentials(plugins, site);
  const metrics = host.resolve(Metrics);
  const transport = plugins.transports.need(site.transport, site.name)({ site, credentials, clock, logger, metrics });
  scope.registerInstance(Site, site);
  scope.registerInstance(Transport, transport);
  const budget = new ConnectionBudgetClass(divide(site.connections, 1, 1).logs, clock);
  scope.registerInstance(ConnectionBudget, budget);
  metrics.watch("log_streams", { site: site.name, read: "followed" }, () => budget.followed);
  metrics.watch("log_streams", { site: site.name, read: "in turns" }, () => budget.inTurns);
  const shares = new ConnectionShares(site.connections, budget, transport);
  const neighbours = new Neighbours(transport.address, clock, (hosts) => {
    shares.hosts = hosts;
  });
  const watch = scope.resolve(WatchClass);
  watch.onLoops = (count) => {
    shares.loops = count;
  };
  scope.registerInstance(Watch, watch);
  const launcher = scope.resolve(SiteLauncher);
  return {
    launcher,
    // tsyringe disposes only what it made itself, so what must be closed is closed here, in order.
    async [Symbol.asyncDispose]() {
      await launcher.owed[Symbol.asyncDispose]();
      await neighbours[Symbol.asyncDispose]();
      await watch[Symbol.asyncDispose]();
      await transport[Symbol.asyncDispose]();
    },
  };
}

const anonymous: Credentials = {
  origin: "no token",
  token: () => Promise.resolve(undefined),
  refresh: () => Promise.resolve(false),
};

function findCredentials(plugins: PluginRegistry, site: Site): Credentials {
  for (const factory of plugins.credentials.all()) {
    const found = factory(site.auth as Site["auth"] & JsonObject);
    if (found !== undefined) return found;
  }
  return anonymous;
}
