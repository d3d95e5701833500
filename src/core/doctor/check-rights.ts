import { type Finding, fail, ok, warn } from "./finding.js";
import type { Check, Patient } from "./patient.js";
import { type Right, rights as all } from "./rights.js";

/** Each right the launcher uses, one by one. */
export const rights: Check = {
  name: "rights",
  async run(patient) {
    if ((await patient.cluster.token()) === "off") return [ok("rights", "ACLs are off: everything is allowed")];
    return Promise.all(all.map((right) => findingOf(right, patient)));
  },
};

async function findingOf(right: Right, patient: Patient): Promise<Finding> {
  const check = `right ${right.name}`;
  const held = await right.held(patient);
  if (held === true) return ok(check, `to ${right.use}`);
  if (held === undefined) return warn(check, `not known (to ${right.use})`, "--probe shows it by a real task.");
  const todo = right.rule(patient.site.defaults.namespace);
  if (right.without === undefined) return fail(check, `missing: the token may not ${right.use}`, todo);
  return warn(check, `missing: ${right.without}`, `Optional. ${todo}`);
}
