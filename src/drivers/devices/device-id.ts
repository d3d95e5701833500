import { LauncherError } from "../../core/errors/launcher-error.js";
import { checkConstraint } from "../check-constraint.js";
import { refuse } from "../../core/errors/refuse.js";
import type { Affinity, RequestedDevice } from "../../core/model/job.js";
import type { AffinityAsk, DeviceAsk } from "../../core/model/launch-request.js";

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
  const affinities = (ask.affinities ?? []).map(readAffinity);
  return [
    {
      Name: ask.device,
      Count: ask.count,
      ...(constraints.length > 0 && { Constraints: constraints }),
      ...(affinities.length > 0 && { Affinities: affinities }),
    },
  ];
}

/** Nomad takes whole weights from -100 to 100; 0 prefers nothing, and it refuses it. */
function readAffinity(ask: AffinityAsk, index: number): Affinity {
  const field = `device affinity ${index + 1}`;
  const { Weight, ...condition } = ask;
  if (!Number.isInteger(Weight) || Weight === 0 || Math.abs(Weight) > 100)
    throw refuse(field, `its weight is ${Weight}`, "Use 1 to 100, or -1 to -100 for devices to avoid.");
  return { ...checkConstraint(condition, field, "device"), Weight };
}

/** An error about a device. */
export function refuseDevice(device: string, problem: string, cure: string): LauncherError {
  return new LauncherError("NOMAD_E_REQUEST_DEVICE", { device: JSON.stringify(device), problem, cure });
}
