import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import { editTask } from "./edit-job.js";

/** The Unix user to run as. Drivers that use the node's users take names only (Nomad looks them up by name). */
export const user: LaunchFeature = {
  name: "user",
  contribute(job, { request, capabilities }) {
    const name = request.user;
    if (name === undefined) return job;
    if (name === "" || /[\s\0:${}]/.test(name.replace(/^\d+:\d+$/, ""))) {
      throw refuse(`user ${JSON.stringify(name)}`, "it is no user's name", "Name a user of the node, or leave it out.");
    }
    if (capabilities.nodeUsers && /^[\d:]+$/.test(name)) {
      throw refuse(`user ${name}`, "Nomad takes no numbers here", "Give the user's name; it must exist on the node.");
    }
    return editTask(job, () => ({ User: name }));
  },
};
