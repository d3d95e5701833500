import { expect, it } from "vitest";
import { conformanceJob } from "../../../src/testing/conformance-jobs.js";
import { builtinFeatures } from "../../../src/plugins/builtin.js";
import { featureContext } from "../../support/builders.js";

it("stops a task as Ctrl-C stops a local step, within Metaflow's five seconds", () => {
  const feature = builtinFeatures.find(({ name }) => name === "kill-timeout")!;
  const job = feature.contribute(conformanceJob("job", { exitCode: 0 }), featureContext());
  expect(job.TaskGroups[0].Tasks[0]).toMatchObject({ KillSignal: "SIGINT", KillTimeout: 2e9 });
});
