import type { LaunchFeature } from "../core/contracts/feature.js";
import { checkConstraint } from "../drivers/check-constraint.js";

/** The request's constraints, checked, after those that are there. */
export const constraints: LaunchFeature = {
  name: "constraints",
  contribute(job, { request }) {
    const asked = (request.placement.constraints ?? []).map((ask, index) =>
      checkConstraint(ask, `constraint ${index + 1}`),
    );
    return asked.length === 0 ? job : { ...job, Constraints: [...(job.Constraints ?? []), ...asked] };
  },
};
