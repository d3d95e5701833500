import type { DriverAsk, DriverPart, FeatureContext } from "../contracts/feature.js";
import type { TaskDriver } from "../contracts/task-driver.js";
import type { Task } from "../model/job.js";
import type { JsonObject } from "../model/json.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { Site } from "../model/site.js";
import { escapeHclDeep } from "./escape-hcl.js";
import type { Draft } from "./request-to-draft.js";

/** A driver's `Config` of the request's task, ready for Nomad: what is literal is escaped. */
export function configOf(driver: TaskDriver, request: LaunchRequest, site: Site): Task["Config"] {
  const { literal, interpolated } = driver.toConfig(request, site);
  return { ...(escapeHclDeep(literal) as object), ...interpolated };
}

/** How the features of a draft let drivers write further tasks. */
export function driverPartOf(draft: Draft): FeatureContext["driverPart"] {
  return (name, ask): DriverPart => {
    const driver = draft.driverOf(name);
    const image = imageFor(driver, ask, draft);
    const Config =
      ask.argv === undefined ? ownConfig(name, image, ask, draft.site) : composed(driver, image, ask, draft);
    return { Driver: driver.name, Config, capabilities: driver.capabilities };
  };
}

function imageFor(driver: TaskDriver, ask: DriverAsk, { request, site }: Draft): string | undefined {
  return driver.capabilities.image === "none" ? undefined : (ask.image ?? request.image ?? site.defaults.image);
}

/** The driver's own way to start something: an image's entrypoint, a JAR. */
function ownConfig(driver: string, image: string | undefined, ask: DriverAsk, site: Site): Task["Config"] {
  const named: JsonObject = image === undefined ? {} : { image };
  return { ...(escapeHclDeep(named) as object), ...site.drivers[driver], ...ask.driverConfig };
}

/** As the main task's; without its shared path, which is the step's own business. */
function composed(driver: TaskDriver, image: string | undefined, ask: DriverAsk, draft: Draft): Task["Config"] {
  const { image: _image, driverConfig: _config, sharedPath: _path, packageCache: _cache, ...request } = draft.request;
  const { argv = [], driverConfig } = ask;
  const asked = { ...request, argv, ...(image && { image }), ...(driverConfig && { driverConfig }) };
  return configOf(driver, asked, draft.site);
}
