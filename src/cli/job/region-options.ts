import type { OnFailure } from "../../client/jobs/region-job.js";
import { refuse } from "../../core/errors/refuse.js";
import { numberOf } from "./read-input.js";

/** Over which regions, and how. */
export interface RegionOptions {
  readonly regions?: string;
  readonly maxParallel?: string;
  readonly onFailure?: string;
}

export interface RegionsAsked {
  readonly regions?: readonly string[];
  readonly maxParallel?: number;
  readonly onFailure?: OnFailure;
}

/** @throws LauncherError `NOMAD_E_REQUEST_INVALID` */
export function regionsAsked({ regions, maxParallel, onFailure }: RegionOptions): RegionsAsked {
  if (onFailure !== undefined && onFailure !== "fail_local" && onFailure !== "fail_all")
    throw refuse("--on-failure", `"${onFailure}" is none`, "Write fail_local or fail_all, or leave it out.");
  return {
    ...(regions !== undefined && { regions: namesIn(regions) }),
    ...(maxParallel !== undefined && { maxParallel: numberOf("--max-parallel", maxParallel) }),
    ...(onFailure !== undefined && { onFailure }),
  };
}

/** An empty name, of a shell's unset variable, say, would be the agent's own region: nobody named that. */
function namesIn(text: string): readonly string[] {
  const names = text.split(",");
  if (!names.includes("")) return names;
  throw refuse("--regions", `"${text}" has an empty name`, "Name each once: us-east,eu-west.");
}
