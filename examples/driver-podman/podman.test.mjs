import { test } from "node:test";
import {
  driverConformance,
  featureConformance,
  pluginConformance,
  testRequest,
  testSite,
} from "metaflow-nomad/testing";
import { podman, podmanNodes, podmanPlugin } from "metaflow-nomad-podman";

const subject = {
  driver: podman,
  request: testRequest({ image: "python:3.12" }),
  site: testSite({ driver: "podman" }),
};
for (const { name, run } of driverConformance) test(name, () => run(subject));
for (const { name, run } of featureConformance) test(name, () => run({ feature: podmanNodes }));
for (const { name, run } of pluginConformance) test(name, () => run({ plugin: podmanPlugin }));
