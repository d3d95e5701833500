import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's directory. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
