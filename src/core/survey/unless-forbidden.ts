import { LauncherError } from "../errors/launcher-error.js";

/** A reply; undefined where the token may not ask. */
export async function unlessForbidden<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN") return undefined;
    throw error;
  }
}
