import { describe, it } from "vitest";
import { createDockerDriver } from "../../../src/drivers/docker.js";
import { createExecDriver } from "../../../src/drivers/exec.js";
import { createGenericDriver } from "../../../src/drivers/generic.js";
import { createJavaDriver } from "../../../src/drivers/java.js";
import { createRawExecDriver } from "../../../src/drivers/raw-exec.js";
import { type DriverSubject, driverConformance } from "../../../src/testing/driver-conformance.js";
import { request, site } from "../../support/builders.js";

const subjects: DriverSubject[] = [
  { driver: createDockerDriver(), request: request({ image: "python:3.12" }), site: site() },
  { driver: createExecDriver(), request: request(), site: site() },
  { driver: createRawExecDriver(), request: request(), site: site() },
  { driver: createJavaDriver(), request: request({ driverConfig: { jar_path: "local/a.jar" } }), site: site() },
  { driver: createGenericDriver("podman"), request: request({ image: "python:3.12" }), site: site() },
  { driver: createGenericDriver("qemu"), request: request(), site: site(), runsCommand: false },
];

describe.each(subjects)("driver $driver.name", (subject) => {
  it.each(driverConformance)("$name", ({ run }) => run(subject));
});
