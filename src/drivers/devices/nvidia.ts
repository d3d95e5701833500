import type { DeviceProvider } from "../../core/contracts/device-provider.js";
import { deviceBlock, refuseDevice } from "./device-id.js";

/**
 * NVIDIA GPUs, as Nomad's nvidia device plugin fingerprints them: `nvidia/gpu` and `nvidia/gpu/<model>`; `gpu` alone
 * means any vendor's. Source: https://developer.hashicorp.com/nomad/plugins/devices/nvidia
 */
export function createNvidiaDevices(): DeviceProvider {
  return {
    name: "nvidia",
    claims: (device) => device === "gpu" || device === "nvidia" || device.startsWith("nvidia/"),
    toDevices: (ask) => {
      if (ask.device === "gpu" || /^nvidia\/gpu(\/\S.*)?$/.test(ask.device)) return deviceBlock(ask);
      throw refuseDevice(ask.device, "NVIDIA's plugin offers only GPUs", "Write nvidia/gpu or nvidia/gpu/<model>.");
    },
  };
}
