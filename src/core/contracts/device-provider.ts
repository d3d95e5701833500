import type { RequestedDevice } from "../model/job.js";
import type { DeviceAsk } from "../model/launch-request.js";

/** Knows one family of devices: recognises its IDs and writes the `Devices` block. Pure. */
export interface DeviceProvider {
  /** Family name, e.g. `nvidia`. */
  readonly name: string;
  /** Whether a device ID (`nvidia/gpu/Tesla T4`) belongs to this family. */
  claims(device: string): boolean;
  /** @throws LauncherError `NOMAD_E_REQUEST_DEVICE` when the request asks for what the family has not. */
  toDevices(ask: Required<Pick<DeviceAsk, "count" | "device">> & DeviceAsk): readonly RequestedDevice[];
}
