import { refuse } from "../../core/errors/refuse.js";

/**
 * The group that is named, else the only one.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function pickGroup(id: string, groups: readonly string[], named: string | undefined): string {
  const [only] = groups;
  if (named === undefined && only !== undefined && groups.length === 1) return only;
  if (named !== undefined && groups.includes(named)) return named;
  const problem = named === undefined ? "which of several groups is not said" : `it has no group ${named}`;
  throw refuse("group", `job ${id}: ${problem}`, `Name one of these: ${groups.join(", ")}.`);
}
