/** Meta key that says which process a job belongs to; see `core/sweep/submitter.ts` for its value. */
export const submitterMark = "metaflow_nomad_submitter";
