import { z } from "zod";
import type { NomadTransport } from "../contracts/transport.js";
import { LauncherError } from "../errors/launcher-error.js";
import { parseReply } from "./parse-reply.js";
import { unlessForbidden } from "./unless-forbidden.js";

/** The token in use, without the token. */
export interface TokenFacts {
  readonly name: string;
  readonly management: boolean;
  /** Policies it has, by itself and by its roles. */
  readonly policies: readonly string[];
  readonly expires?: string;
}

const own = z.object({
  AccessorID: z.string().default(""),
  Name: z.string().default(""),
  Type: z.string().default("client"),
  Policies: z.array(z.string()).nullish(),
  Roles: z.array(z.object({ ID: z.string() })).nullish(),
  ExpirationTime: z.string().nullish(),
});
const role = z.object({ Policies: z.array(z.object({ Name: z.string() })).nullish() });

/**
 * What Nomad knows of the token: `"off"` where ACLs are off, undefined where it will not say (workload identities).
 *
 * Without a token, 1.11 describes the anonymous one, and 1.7 says that the secret ID is missing.
 * @throws LauncherError `NOMAD_E_API_BAD_TOKEN`
 */
export async function readToken(
  transport: NomadTransport,
  region: string | undefined,
  signal: AbortSignal,
): Promise<TokenFacts | "off" | undefined> {
  const get = (path: string) => transport.request({ method: "GET", path, query: { region } }, signal);
  try {
    const reply = await unlessForbidden(get("/acl/token/self"));
    if (reply === undefined) return undefined;
    const said = parseReply(own, reply.body, "GET /acl/token/self");
    // 1.11 describes a token even where ACLs are off (structs.ACLsDisabledToken).
    if (said.AccessorID === "acls-disabled") return "off";
    const { Name: name, Type, Policies, Roles, ExpirationTime } = said;
    const roles = await Promise.all((Roles ?? []).map(({ ID }) => unlessForbidden(get(`/acl/role/${ID}`))));
    const byRole = roles.flatMap((found) =>
      found === undefined ? [] : (parseReply(role, found.body, "GET /acl/role").Policies ?? []),
    );
    return {
      name,
      management: Type === "management",
      policies: [...new Set([...(Policies ?? []), ...byRole.map(({ Name }) => Name)])],
      ...(typeof ExpirationTime === "string" && { expires: ExpirationTime }),
    };
  } catch (error) {
    if (error instanceof LauncherError && /ACL support disabled/i.test(error.message)) return "off";
    if (error instanceof LauncherError && /missing secret id/i.test(String(error.facts["reason"]))) return anonymous;
    throw error;
  }
}

const anonymous: TokenFacts = { name: "Anonymous Token", management: false, policies: ["anonymous"] };
