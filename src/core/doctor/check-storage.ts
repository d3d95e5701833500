import { datastoreIsShared } from "./check-shared.js";
import { fail, ok, warn } from "./finding.js";
import type { Check } from "./patient.js";

/** Metaflow's datastore, from here. Only the wheel's command knows it. */
export const storage: Check = {
  name: "storage",
  run: (patient) => {
    const { submitter, site } = patient;
    if (submitter === undefined)
      return Promise.resolve([warn("storage", "not checked: Metaflow's datastore is known to Python only", cure)]);
    const { type, root, findings } = submitter.datastore;
    if (type !== "local") return Promise.resolve(findings);
    if (datastoreIsShared(patient))
      return Promise.resolve([ok("storage", `local, ${root}, on the shared path`), ...findings]);
    const todo = `Set shared.path of site ${site.name} to a folder that holds it, or use an object store (METAFLOW_DEFAULT_DATASTORE=s3).`;
    return Promise.resolve([
      fail("storage", `the local datastore at ${root} is not on storage shared with the nodes`, todo),
    ]);
  },
};

const cure = "Run the command of the Python package: pip install metaflow-nomad, then metaflow-nomad doctor.";
