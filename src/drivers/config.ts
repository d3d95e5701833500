import type { DriverConfig } from "../core/contracts/task-driver.js";
import type { JsonObject } from "../core/model/json.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import type { Site } from "../core/model/site.js";
import { checkOptions } from "./known-options.js";

/**
 * What the user and the site wrote for a driver, the request's keys over the site's (`drivers.<name>`).
 * Nomad interpolates these strings.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` for an option that looks mistyped.
 */
export function writtenConfig(driver: string, request: LaunchRequest, site: Site): JsonObject {
  const written = { ...site.drivers[driver], ...request.driverConfig };
  checkOptions(driver, written);
  return written;
}

/** Joins what the driver derived with what was written: a written key wins, and `null` leaves the key out. */
export function joinConfig(derived: JsonObject, written: JsonObject): DriverConfig {
  const literal = pick(derived, (key) => !(key in written));
  const interpolated = pick(written, (key) => written[key] !== null);
  return Object.keys(interpolated).length === 0 ? { literal } : { literal, interpolated };
}

function pick(from: JsonObject, keep: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keep(key)));
}
