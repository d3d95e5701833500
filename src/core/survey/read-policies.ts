import { z } from "zod";
import type { NomadTransport } from "../contracts/transport.js";
import { LauncherError } from "../errors/launcher-error.js";
import { matches } from "./matches.js";
import { parseReply } from "./parse-reply.js";

const rules = z.object({
  RulesJSON: z
    .object({
      Namespaces: z.array(z.object({ Name: z.string(), Capabilities: z.array(z.string()).nullish() })).nullish(),
    })
    .nullish(),
});

/** Capabilities by the name or pattern of the namespaces they are for. */
export type NamespaceRules = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * What the policies of a token allow in namespaces; Nomad lets every token read its own. Short forms such as
 * `policy = "write"` arrive spelled out. Undefined where one cannot be read. Policies that do not exist allow nothing.
 */
export async function readPolicies(
  transport: NomadTransport,
  policies: readonly string[],
  region: string | undefined,
  signal: AbortSignal,
): Promise<NamespaceRules | undefined> {
  const found = new Map<string, Set<string>>();
  for (const name of policies) {
    const call = { method: "GET", path: `/acl/policy/${encodeURIComponent(name)}`, query: { region } } as const;
    const body = await transport.request(call, signal).then((reply) => reply.body, missing);
    if (body === undefined) return undefined;
    for (const { Name, Capabilities } of parseReply(rules, body, "GET /acl/policy").RulesJSON?.Namespaces ?? []) {
      found.set(Name, new Set([...(found.get(Name) ?? []), ...(Capabilities ?? [])]));
    }
  }
  return found;
}

function missing(error: unknown): unknown {
  if (error instanceof LauncherError && error.code === "NOMAD_E_API_NOT_FOUND") return {};
  if (error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN") return undefined;
  throw error;
}

/**
 * Whether rules allow something in a namespace: the exact name counts, else the pattern that is nearest to it; `deny`
 * goes before all else. Source: acl/acl.go, `findClosestMatchingGlob`.
 */
export function allows(rules: NamespaceRules, namespace: string, capabilities: readonly string[]): boolean {
  const patterns = [...rules.keys()].filter((pattern) => matches(pattern, namespace));
  const nearest = patterns.sort((a, b) => b.replaceAll("*", "").length - a.replaceAll("*", "").length)[0];
  const found = rules.get(rules.has(namespace) ? namespace : (nearest ?? ""));
  return found !== undefined && !found.has("deny") && capabilities.some((name) => found.has(name));
}
