import type { LaunchFeature } from "../core/contracts/feature.js";
import { checkText, refuse } from "../core/errors/refuse.js";

/** The job's meta. */
export const meta: LaunchFeature = {
  name: "meta",
  contribute(job, { request }) {
    const entries = Object.entries(request.meta);
    if (entries.length === 0) return job;
    for (const [key, value] of entries) {
      if (key === "") throw refuse("meta", "a key is empty", "Name it.");
      checkText("a key of meta", key);
      checkText(`meta ${key}`, value);
    }
    return { ...job, Meta: { ...job.Meta, ...request.meta } };
  },
};
