/** Meta key that tells our own registration from another's: what a repeated or resumed launch recognises. */
export const requestMark = "metaflow_nomad_request";
