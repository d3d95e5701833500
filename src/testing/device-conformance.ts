import assert from "node:assert/strict";
import type { DeviceProvider } from "../core/contracts/device-provider.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { ConformanceCase } from "./conformance-jobs.js";
import { frozen } from "../core/model/frozen.js";

/** What the device cases try. */
export interface DeviceSubject {
  readonly provider: DeviceProvider;
  /** A device ID of the family, e.g. `nvidia/gpu`. */
  readonly device: string;
}

/** Cases that every device family passes; no Nomad is needed. */
export const deviceConformance: readonly ConformanceCase<DeviceSubject>[] = [
  { name: "claims its own devices, and not everything", run: claims },
  { name: "writes as many devices as were asked for, and changes nothing", run: writes },
  { name: "passes constraints on", run: constrains },
  { name: "refuses what cannot be, with a coded error", run: refuses },
];

function claims({ provider, device }: DeviceSubject): Promise<void> {
  assert.equal(provider.claims(device), true);
  assert.equal(provider.claims(""), false);
  return Promise.resolve();
}

function writes({ provider, device }: DeviceSubject): Promise<void> {
  const devices = provider.toDevices(frozen({ device, count: 2 }));
  assert.equal(
    devices.reduce((sum, { Count }) => sum + Count, 0),
    2,
  );
  for (const { Name } of devices) assert.match(Name, /^[^/\s]+(\/\S.*)?$/, "the name is Nomad's: vendor/type/model");
  return Promise.resolve();
}

function constrains({ provider, device }: DeviceSubject): Promise<void> {
  const constraints = [{ LTarget: "${device.attr.memory}", Operand: ">=", RTarget: "8 GiB" }];
  const devices = provider.toDevices(frozen({ device, count: 1, constraints }));
  assert.deepEqual(devices[0]?.Constraints?.at(-1), constraints[0]);
  return Promise.resolve();
}

function refuses({ provider, device }: DeviceSubject): Promise<void> {
  assert.throws(
    () => provider.toDevices({ device, count: 0 }),
    (error) => error instanceof LauncherError && error.code.startsWith("NOMAD_E_REQUEST_"),
    "none of a device: expected a LauncherError NOMAD_E_REQUEST_*",
  );
  return Promise.resolve();
}
