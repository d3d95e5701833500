import { definePlugin, type Plugin, PLUGIN_API_VERSION } from "../core/contracts/plugin.js";
import { createGenericDevices } from "./devices/generic.js";
import { createNvidiaDevices } from "./devices/nvidia.js";
import { createDockerDriver } from "./docker.js";
import { createExecDriver } from "./exec.js";
import { createGenericDriver } from "./generic.js";
import { createJavaDriver } from "./java.js";
import { createRawExecDriver } from "./raw-exec.js";

/** The drivers and devices that come along. Device families are asked from the last to the first: the generic one takes what no other knows. */
export const driversPlugin: Plugin = definePlugin({
  name: "metaflow-nomad/drivers",
  apiVersion: PLUGIN_API_VERSION,
  setup(registrar) {
    registrar.driver(createDockerDriver());
    registrar.driver(createExecDriver());
    registrar.driver(createRawExecDriver());
    registrar.driver(createJavaDriver());
    registrar.otherDrivers(createGenericDriver);
    registrar.device(createGenericDevices());
    registrar.device(createNvidiaDevices());
  },
});
