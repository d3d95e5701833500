import type { LaunchFeature } from "../core/contracts/feature.js";
import { definePlugin, type Plugin, PLUGIN_API_VERSION } from "../core/contracts/plugin.js";
import { affinities } from "./affinities.js";
import { artifacts } from "./artifacts.js";
import { constraints } from "./constraints.js";
import { consul } from "./consul.js";
import { disconnect } from "./disconnect.js";
import { disk } from "./disk.js";
import { environment } from "./environment.js";
import { gang } from "./gang.js";
import { identity } from "./identity.js";
import { killTimeout } from "./kill-timeout.js";
import { logs } from "./logs.js";
import { maxRunDuration } from "./max-run-duration.js";
import { meta } from "./meta.js";
import { networkFeature } from "./network.js";
import { packageCache } from "./package-cache.js";
import { placement } from "./placement.js";
import { raw } from "./raw.js";
import { reschedule } from "./reschedule.js";
import { resources } from "./resources.js";
import { restart } from "./restart.js";
import { runOnce } from "./run-once.js";
import { secretEnvironment } from "./secret-environment.js";
import { secrets } from "./secrets.js";
import { services } from "./services.js";
import { sharedMemory } from "./shared-memory.js";
import { sharedStorage } from "./shared-storage.js";
import { spreads } from "./spreads.js";
import { tasksAround } from "./tasks-around.js";
import { templates } from "./templates.js";
import { user } from "./user.js";
import { vault } from "./vault.js";
import { volumes } from "./volumes.js";

/** The features that come along, in the order in which they contribute. */
export const builtinFeatures: readonly LaunchFeature[] = [
  runOnce,
  restart,
  reschedule,
  disconnect,
  maxRunDuration,
  placement,
  constraints,
  affinities,
  spreads,
  resources,
  disk,
  logs,
  environment,
  secretEnvironment,
  templates,
  artifacts,
  meta,
  user,
  sharedStorage,
  packageCache,
  volumes,
  sharedMemory,
  killTimeout,
  networkFeature,
  services,
  identity,
  vault,
  consul,
  secrets,
  tasksAround,
  gang,
  raw,
];

/** Registers the built-in features, as any third party's plugin would. */
export const builtinPlugin: Plugin = definePlugin({
  name: "metaflow-nomad/builtin",
  apiVersion: PLUGIN_API_VERSION,
  setup(registrar) {
    // Without any of these a request would be obeyed in part only.
    for (const feature of builtinFeatures) registrar.feature({ ...feature, essential: true });
  },
});
