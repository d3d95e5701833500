import assert from "node:assert/strict";
import { test } from "node:test";
import {
  driverConformance,
  featureConformance,
  pluginConformance,
  testRequest,
  testSite,
} from "metaflow-nomad/testing";
import { java, javaNodes, javaPlugin } from "metaflow-nomad-java";

const request = testRequest({ driverConfig: { class: "Main" } });
for (const { name, run } of driverConformance) test(name, () => run({ driver: java, request, site: testSite() }));
for (const { name, run } of featureConformance) test(name, () => run({ feature: javaNodes("17") }));
for (const { name, run } of pluginConformance) test(name, () => run({ plugin: javaPlugin, options: { oldest: "17" } }));

test("gives the JVM the task's memory, less its own", () => {
  const { literal } = java.toConfig({ ...request, resources: { memory: 512 } }, testSite());
  assert.deepEqual(literal.jvm_options, ["-Xmx448m"]);
});
