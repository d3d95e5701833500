import { LauncherError } from "../errors/launcher-error.js";
import type { TokenFacts } from "../survey/read-token.js";
import { type Finding, fail, ok, warn } from "./finding.js";
import type { Check, Patient } from "./patient.js";

/** Whose token it is, and until when it is good. Never the token. */
export const token: Check = {
  name: "token",
  async run(patient) {
    const origin = originOf(patient);
    const found = await patient.cluster.token().catch((error: unknown) => unknownToken(error, origin));
    if (found === undefined)
      return [ok("token", `${origin ?? "none"}; Nomad says nothing of it (a workload's identity?)`)];
    if (found === "off") return [ok("token", "none is needed: ACLs are off")];
    return "check" in found ? [found] : [describe(found, origin)];
  },
};

function describe({ management, name, policies, expires }: TokenFacts, origin: string | undefined): Finding {
  const has = management ? "it may do everything" : `policies: ${policies.join(", ") || "none"}`;
  if (origin === undefined) {
    return warn("token", `ACLs are on and no token is configured; ${has}`, "Set auth.tokenFile of the site.");
  }
  return ok(
    "token",
    `${JSON.stringify(name)}, from ${origin}; ${has}${expires === undefined ? "" : `; until ${expires}`}`,
  );
}

function unknownToken(error: unknown, origin: string | undefined): Finding {
  if (!(error instanceof LauncherError) || error.code !== "NOMAD_E_API_BAD_TOKEN") throw error;
  return fail(
    "token",
    `Nomad does not know the token from ${origin ?? "nowhere"}`,
    "It may have expired: get another one.",
  );
}

function originOf({ site, origins }: Patient): string | undefined {
  const { auth } = site;
  if (auth.tokenFile !== undefined) return `file ${auth.tokenFile}`;
  if (auth.tokenEnv !== undefined) return `variable ${auth.tokenEnv}`;
  if (auth.tokenCommand !== undefined) return `command ${auth.tokenCommand[0] ?? ""}`;
  if (auth.token !== undefined) return origins.get("auth.token") ?? "the configuration";
  return Object.keys(auth).length > 0 ? (origins.get("credentials") ?? "a plugin's credentials") : undefined;
}
