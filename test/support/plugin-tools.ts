import type { PluginTools } from "../../src/core/host/plugin-registry.js";
import { ManualClock } from "../../src/testing/manual-clock.js";
import { silentLogger } from "./silent-logger.js";

/** What a registry gives to plugins, in tests. */
export const pluginTools: PluginTools = { clock: new ManualClock(), loggerFor: () => silentLogger };
