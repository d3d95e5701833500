import type { DeviceProvider } from "../../core/contracts/device-provider.js";
import { deviceBlock, deviceId } from "./device-id.js";

/** Devices of any other plugin, by Nomad's own name: `vendor/type` or `vendor/type/model`. */
export function createGenericDevices(): DeviceProvider {
  return {
    name: "generic",
    claims: (device) => deviceId.test(device),
    toDevices: deviceBlock,
  };
}
