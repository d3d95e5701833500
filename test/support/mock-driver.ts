import { definePlugin } from "../../src/core/contracts/plugin.js";
import { createGenericDriver } from "../../src/drivers/generic.js";

/** Nomad's mock driver; as with raw_exec, no line comes after a task's end. */
export const mockDriverPlugin = definePlugin({
  name: "test/mock-driver",
  apiVersion: "1",
  setup(registrar) {
    const generic = createGenericDriver("mock_driver");
    registrar.driver({ ...generic, capabilities: { ...generic.capabilities, lateLogs: false } });
  },
});
