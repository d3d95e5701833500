import type { DriverCapabilities } from "../contracts/task-driver.js";
import { defaultRequest } from "./default-request.js";
import { type Finding, ok, warn } from "./finding.js";
import type { Check, Patient } from "./patient.js";

/** The image of tasks that name none. Whether nodes can pull it is for `--probe` to find out. */
export const image: Check = {
  name: "image",
  run(patient) {
    const { image: own } = patient.site.defaults;
    const name = own ?? patient.submitter?.image;
    const capabilities = capabilitiesOf(patient);
    if (capabilities === undefined || capabilities.image === "none") return Promise.resolve([]);
    if (name === undefined) return Promise.resolve([noImage]);
    return Promise.resolve([judge(name, own === undefined ? " (of the submitter's own Python version)" : "")]);
  },
};

const noImage = warn("image", "the site has no default image", "Set defaults.image, or name one in every task.");

function judge(name: string, origin: string): Finding {
  const found = `${name}${origin}; whether nodes can pull it cannot be seen from here (--probe does it)`;
  const pinned = /@\w+:[0-9a-f]+$/.test(name) || (/:([\w.-]+)$/.exec(name)?.[1] ?? "latest") !== "latest";
  if (pinned) return ok("image", found);
  const todo = "Name a version or a digest: `latest` is pulled for every task, and may change between two of them.";
  return warn("image", found, todo);
}

/** What the site's driver can do; undefined where it takes no task without more configuration (java). */
export function capabilitiesOf(patient: Patient): DriverCapabilities | undefined {
  const { sharedPath: _shared, ...request } = defaultRequest(patient, ["true"]);
  try {
    return patient.compose({ image: "any", ...request }).draft.driver.capabilities;
  } catch {
    // The placement check says why.
    return undefined;
  }
}
