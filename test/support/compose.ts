import { draftToJob } from "../../src/core/launch/draft-to-job.js";
import { type Draft, type Parts, requestToDraft } from "../../src/core/launch/request-to-draft.js";
import type { Job } from "../../src/core/model/job.js";
import type { LaunchRequest } from "../../src/core/model/launch-request.js";
import type { Site } from "../../src/core/model/site.js";
import { createGenericDevices } from "../../src/drivers/devices/generic.js";
import { createNvidiaDevices } from "../../src/drivers/devices/nvidia.js";
import { createDockerDriver } from "../../src/drivers/docker.js";
import { createExecDriver } from "../../src/drivers/exec.js";
import { createGenericDriver } from "../../src/drivers/generic.js";
import { createJavaDriver } from "../../src/drivers/java.js";
import { createRawExecDriver } from "../../src/drivers/raw-exec.js";
import { builtinFeatures } from "../../src/plugins/builtin.js";
import { request, site } from "./builders.js";

const drivers = [createDockerDriver(), createExecDriver(), createRawExecDriver(), createJavaDriver()];
const parts: Parts = {
  drivers: new Map(drivers.map((driver) => [driver.name, driver])),
  devices: [createNvidiaDevices(), createGenericDevices()],
  otherDriver: createGenericDriver,
};

/** A request with its site's defaults and its driver. */
export function composeDraft(asked: Partial<LaunchRequest>): Draft {
  return requestToDraft(request(asked), site(), parts);
}

/** The job of a request, as the pipeline composes it with all that comes along. */
export function composeJob(asked: Partial<LaunchRequest>, siteOver: Partial<Site> = {}): Job {
  return draftToJob(requestToDraft(request(asked), site(siteOver), parts), builtinFeatures);
}
