import { LauncherError } from "../../core/errors/launcher-error.js";
import { checkConstraint } from "../check-constraint.js";
import type { RequestedDevice } from "../../core/model/job.js";
import type { DeviceAsk } from "../../core/model/launch-request.js";

/** A device ID that names vendor and type, and perhaps the model, which may hold spaces and slashes. */
export const deviceId = /^[^/\s]+\/[^/\s]+(?:\/\S(?:.*\S)?)?$/;

/** An ask whose device is known. */
export type KnownDeviceAsk = DeviceAsk & { readonly device: string };

/**
 * The `Devices` block for one kind of device.
 * Source: https://developer.hashicorp.com/nomad/docs/job-specification/device
 * @throws LauncherError `NOMAD_E_REQUEST_DEVICE`, or `NOMAD_E_REQUEST_INVALID` for its constraints.
 */
export function deviceBlock(ask: KnownDeviceAsk): readonly RequestedDevice[] {
  if (!Number.isInteger(ask.count) || ask.count < 1) {
    throw refuseDevice(ask.device, `${ask.count} of it were asked for`, "Ask for a whole number, at least 1.");
  }
  const constraints = (ask.constraints ?? []).map((one, index) =>
    checkConstraint(one, `device constraint ${index + 1}`, "device"),
  );
  const block = { Name: ask.device, Count: ask.count };
  return [constraints.length === 0 ? block : { ...block, Constraints: constraints }];
}

/** An error about a device. */
export function refuseDevice(device: string, problem: string, cure: string): LauncherError {
  return new LauncherError("NOMAD_E_REQUEST_DEVICE", { device: JSON.stringify(device), problem, cure });
}
