import "reflect-metadata";
import { pino } from "pino";
import type { Logger } from "../core/contracts/logger.js";
import { loadSites } from "../core/config/load-sites.js";
import { Host } from "../core/host/host.js";
import { loadPlugins } from "../core/host/load-plugins.js";
import { systemClock } from "../core/host/system-clock.js";
import { driversPlugin } from "../drivers/plugin.js";
import { builtinPlugin } from "../plugins/builtin.js";
import { transportsPlugin } from "../transports/plugin.js";

/** Where a host's configuration is looked for. */
export interface HostOrigin {
  /** METAFLOW_NOMAD_* values, without the prefix. */
  readonly conf: Readonly<Record<string, string>>;
  /** Folder from which a config file is searched upward. */
  readonly startDir: string;
}

/** Loads configuration and plugins, and composes the host. */
export async function openHost(origin: HostOrigin, logger: Logger): Promise<Host> {
  const { sites, defaultSite, plugins: names, file } = await loadSites({ ...origin, env: process.env });
  const listed = file === undefined ? [] : await loadPlugins(names, file);
  const plugins = [transportsPlugin, driversPlugin, builtinPlugin, ...listed];
  return new Host({ sites, defaultSite, plugins, clock: systemClock, logger, ...(file !== undefined && { file }) });
}

/** The log of this process: JSON lines on stderr; METAFLOW_NOMAD_LOG_LEVEL sets how much. */
export function createLogger(usual: "warn" | "error" = "error"): Logger {
  const level = process.env["METAFLOW_NOMAD_LOG_LEVEL"] ?? usual;
  return pino(
    { level, base: null, redact: ["token", "*.token", "auth", "*.auth"] },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** METAFLOW_NOMAD_* variables of an environment, without the prefix. */
export function confOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const prefix = "METAFLOW_NOMAD_";
  const pairs = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value] as const] : [],
  );
  return Object.fromEntries(pairs);
}
