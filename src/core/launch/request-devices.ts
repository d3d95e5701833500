import type { DeviceProvider } from "../contracts/device-provider.js";
import { LauncherError } from "../errors/launcher-error.js";
import type { RequestedDevice } from "../model/job.js";
import type { DeviceAsk } from "../model/launch-request.js";
import type { Site } from "../model/site.js";

/**
 * The `Devices` block for what a request asks: the first provider that claims the device writes it.
 * @throws LauncherError `NOMAD_E_REQUEST_DEVICE` when no provider claims it, or it refuses.
 */
export function requestDevices(
  ask: DeviceAsk | undefined,
  site: Site,
  providers: readonly DeviceProvider[],
): readonly RequestedDevice[] {
  if (ask === undefined) return [];
  const device = ask.device ?? site.gpu.device;
  const provider = providers.find((candidate) => candidate.claims(device));
  if (provider !== undefined) return provider.toDevices({ ...ask, device });
  throw new LauncherError("NOMAD_E_REQUEST_DEVICE", {
    device: JSON.stringify(device),
    problem: "no plugin knows this family of devices",
    cure: "Write it as Nomad does: vendor/type or vendor/type/name, e.g. nvidia/gpu.",
  });
}
