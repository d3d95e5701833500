import assert from "node:assert/strict";
import { test } from "node:test";
import {
  featureConformance,
  fragmentConformance,
  pluginConformance,
  testFeatureContext,
  testJob,
  testSite,
} from "metaflow-nomad/testing";
import { costCentre, costCentrePlugin, setting } from "metaflow-nomad-cost-centre";

const context = testFeatureContext({ site: testSite({ extensions: { costCentre: "4711" } }) });
for (const { name, run } of featureConformance) test(name, () => run({ feature: costCentre, context }));
for (const { name, run } of pluginConformance) test(name, () => run({ plugin: costCentrePlugin }));
for (const { name, run } of fragmentConformance) test(name, () => run({ fragment: setting, good: "4711", bad: 4711 }));

test("a task's own goes before the site's", () => {
  const job = costCentre.contribute(testJob({ Meta: { cost_centre: "0815" } }), context);
  assert.equal(job.Meta.cost_centre, "0815");
});

test("without one, nothing runs", () => {
  assert.throws(() => costCentre.contribute(testJob(), testFeatureContext()), { code: "NOMAD_E_REQUEST_INVALID" });
});
