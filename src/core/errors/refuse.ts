import { LauncherError } from "./launcher-error.js";

/** A request that cannot be: names the field, what is wrong with it, and what to write instead. */
export function refuse(field: string, problem: string, cure: string): LauncherError {
  return new LauncherError("NOMAD_E_REQUEST_INVALID", { field, problem, cure });
}

/**
 * Refuses text that no Unix process can be given: NUL, and halves of surrogate pairs, which have no bytes.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function checkText(field: string, text: string): void {
  if (text.includes("\0")) throw refuse(field, "it contains a NUL character", "Remove it: Unix ends strings there.");
  if (!text.isWellFormed()) {
    throw refuse(field, "it contains half of a surrogate pair, which is no character", "Correct the text's encoding.");
  }
}
