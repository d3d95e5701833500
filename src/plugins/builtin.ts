import type { LaunchFeature } from "../core/contracts/feature.js";
import { definePlugin, type Plugin, PLUGIN_API_VERSION } from "../core/contracts/plugin.js";
import { constraints } from "./constraints.js";
import { disk } from "./disk.js";
import { environment } from "./environment.js";
import { killTimeout } from "./kill-timeout.js";
import { meta } from "./meta.js";
import { placement } from "./placement.js";
import { resources } from "./resources.js";
import { runOnce } from "./run-once.js";
import { secretEnvironment } from "./secret-environment.js";
import { sharedStorage } from "./shared-storage.js";
import { user } from "./user.js";

/** The features that come along, in the order in which they contribute. */
export const builtinFeatures: readonly LaunchFeature[] = [
  runOnce,
  placement,
  constraints,
  resources,
  disk,
  environment,
  secretEnvironment,
  meta,
  user,
  sharedStorage,
  killTimeout,
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
