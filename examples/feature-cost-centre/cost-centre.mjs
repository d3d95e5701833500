// A plugin for metaflow-nomad: every job carries a cost centre, in its meta. A site or a task says which.
import { definePlugin, refuse } from "metaflow-nomad/contracts";

const key = "cost_centre";
const cure = "Set extensions.costCentre of the site, or meta cost_centre of the task, to four digits.";
const isCentre = (value) => typeof value === "string" && /^\d{4}$/.test(value);

/** @type {import("metaflow-nomad/contracts").LaunchFeature} */
export const costCentre = {
  name: "cost-centre",
  after: ["meta"],
  contribute(job, { site }) {
    const centre = job.Meta?.[key] ?? site.extensions?.costCentre;
    if (!isCentre(centre)) throw refuse(key, "no job may run without a cost centre", cure);
    return { ...job, Meta: { ...job.Meta, [key]: centre } };
  },
};

/** What a site may say: `extensions: { costCentre: "4711" }`. A Standard Schema by hand, with its JSON Schema for editors. */
export const setting = {
  key: "costCentre",
  schema: {
    "~standard": {
      validate: (value) => (isCentre(value) ? { value } : { issues: [{ message: "must be four digits, in quotes" }] }),
      jsonSchema: {
        input: () => ({ type: "string", pattern: "^\\d{4}$", description: "Who pays, where a task does not say." }),
      },
    },
  },
};

export const costCentrePlugin = definePlugin({
  name: "metaflow-nomad-cost-centre",
  apiVersion: "1",
  setup(registrar) {
    registrar.config(setting);
    // A site that lists its features may not forget this one.
    registrar.feature({ ...costCentre, essential: true });
  },
});
