import { describe, expect, it } from "vitest";
import { driverOptions } from "../../../scripts/lib/driver-options.mjs";
import { knownOptions } from "../../../src/drivers/known-options.js";
import { composeJob } from "../../support/compose.js";

const versions = ["1.7.7", "1.11.0"];

/** Something for each option: Nomad's servers do not look into it, and the launcher passes it on. */
const anything = (driver: string) => Object.fromEntries((knownOptions[driver] ?? []).map((key) => [key, key]));

describe.each(Object.keys(knownOptions))("the options of driver %s", (driver) => {
  it("are those of the driver's own hclspec, of the oldest and the newest Nomad", async () => {
    const found = await Promise.all(versions.map((version) => driverOptions(version)));
    const union = [...new Set(found.flatMap((one) => one[driver] ?? []))].sort();
    expect(union.length).toBeGreaterThan(5);
    expect(knownOptions[driver]).toEqual(union);
  });

  it("reach the task, each as it was written", () => {
    const driverConfig = anything(driver);
    const job = composeJob({ driver, driverConfig, image: "python:3.12" });
    expect(job.TaskGroups[0].Tasks[0].Config).toEqual(expect.objectContaining(driverConfig));
  });
});

it("a mistyped one is refused with the nearest; one that nobody knows is passed on", () => {
  const compose = (key: string) => composeJob({ driver: "docker", image: "x", driverConfig: { [key]: true } });
  expect(() => compose("froce_pull")).toThrow("driver_config.froce_pull: the docker driver has no such option.");
  expect(compose("quantum_entanglement").TaskGroups[0].Tasks[0].Config).toHaveProperty("quantum_entanglement", true);
});
