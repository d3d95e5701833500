import type { ApiCall } from "../core/contracts/transport.js";
import type { ErrorCode } from "../core/errors/catalogue.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { CallContext } from "./call-context.js";

/** Answers for every token, whatever its rights, that Nomad knows; the anonymous one included. */
const self: ApiCall = { method: "GET", path: "/acl/token/self", silenceMs: 5_000 };

/** Answers to `self` for an unknown token: 1.11 "Permission denied", 1.7 "not found", or "UUID must be 36 characters". */
const unknownToken = new Set<ErrorCode>(["NOMAD_E_API_FORBIDDEN", "NOMAD_E_API_BAD_TOKEN", "NOMAD_E_API_REFUSED"]);

/**
 * Tells a token that lacks a right from one that Nomad does not know (any more).
 *
 * Nomad answers "Permission denied" to both, so the token itself is asked about. Costs one call, on a path that has
 * failed already. Workload identities (JWT) have no entry there and are left alone.
 */
export async function judgeToken(
  refusal: LauncherError,
  context: CallContext,
  lookup: (call: ApiCall) => Promise<LauncherError | undefined>,
): Promise<LauncherError> {
  const { token } = context;
  if (refusal.code !== "NOMAD_E_API_FORBIDDEN" || token === undefined || isJwt(token)) return refusal;
  const verdict = await lookup(self).catch(() => undefined);
  if (verdict === undefined || !unknownToken.has(verdict.code)) return refusal;
  return new LauncherError("NOMAD_E_API_BAD_TOKEN", refusal.facts, { cause: refusal });
}

function isJwt(token: string): boolean {
  return token.split(".").length === 3;
}
