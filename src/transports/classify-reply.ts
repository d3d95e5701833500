import type { ErrorCode } from "../core/errors/catalogue.js";
import { type ErrorFacts, LauncherError } from "../core/errors/launcher-error.js";
import { type CallContext, quoteReason } from "./call-context.js";
import { neededRight } from "./needed-right.js";

/** A reply that is no success. */
export interface RefusedReply {
  readonly status: number;
  /** `Content-Type`, or empty. */
  readonly type: string;
  /** `Location`, or empty. */
  readonly location: string;
  readonly text: string;
}

/** What a reply's status and text mean, once the wrappings of RPC are off. */
interface Meaning {
  readonly status: number;
  readonly text: string;
}

/**
 * What a refusing reply means.
 *
 * Nomad's statuses alone mislead: validation, unknown namespaces and regions are HTTP 500, and an agent that forwards to
 * a server may hide a 403 or 404 in a 500 (docs/transports/errors.md has the texts as seen).
 */
export function classifyReply(reply: RefusedReply, context: CallContext): LauncherError {
  const [code, facts] = pageOf(reply) ?? meaningOf(unwrapRpc(reply), context);
  const { address, site, call, namespace, region } = context;
  const reason = quoteReason(String(facts["reason"] ?? ""), context) || "no reason given";
  return new LauncherError(code, {
    address,
    site,
    call,
    namespace,
    region,
    origin: context.tokenOrigin,
    right: neededRight(call) ?? "for it",
    ...facts,
    reason,
  });
}

type Finding = readonly [ErrorCode, ErrorFacts];

/** Replies that no Nomad gives: redirects and web pages. A proxy's 502-504 page still means "try again". */
function pageOf({ status, type, location, text }: RefusedReply): Finding | undefined {
  if (text.includes("HTTP request to an HTTPS server")) return ["NOMAD_E_TRANSPORT_PLAIN_TO_TLS", {}];
  if (status < 400)
    return [
      "NOMAD_E_TRANSPORT_NOT_NOMAD",
      { reason: `HTTP ${String(status)}, a redirect to ${location || "nowhere"}` },
    ];
  if (!isPage(type, text)) return undefined;
  if (status >= 502 && status <= 504)
    return ["NOMAD_E_API_SERVER", { status, reason: "a proxy between answered with a web page" }];
  return ["NOMAD_E_TRANSPORT_NOT_NOMAD", { reason: `HTTP ${String(status)} with a web page` }];
}

/** Whether a body is a web page. */
export function isPage(type: string, text: string): boolean {
  return type.includes("text/html") || /^\s*<(!doctype|html)/i.test(text);
}

/** Takes `rpc error:` and `RPC Error:: 404,` off. Source: structs.CodeFromRPCCodedErr in Nomad's nomad/structs/errors.go */
function unwrapRpc({ status, text }: RefusedReply): Meaning {
  const bare = text.trim().replace(/^(rpc error: )+/i, "");
  const coded = /RPC Error:: (\d{3}),([\s\S]*)/.exec(bare);
  return coded === null ? { status, text: bare } : { status: Number(coded[1]), text: coded[2] ?? "" };
}

function meaningOf({ status, text }: Meaning, context: CallContext): Finding {
  if (status === 429) return ["NOMAD_E_API_BUSY", { reason: text }];
  return tokenTrouble(status, text) ?? placeTrouble(text) ?? missing(status, text, context) ?? refused(status, text);
}

function tokenTrouble(status: number, text: string): Finding | undefined {
  // The lookup fails for a token that is no UUID.
  if (/ACL token (not found|expired|is invalid|lookup failed)|failed to parse signed token/i.test(text))
    return ["NOMAD_E_API_BAD_TOKEN", { reason: text }];
  if (status === 401 || status === 403 || /Permission denied$/.test(text))
    return ["NOMAD_E_API_FORBIDDEN", { reason: text }];
  return undefined;
}

function placeTrouble(text: string): Finding | undefined {
  const namespace =
    /nonexistent namespace "([^"]*)"/i.exec(text) ?? /namespace "?([^" ]+)"? (?:not found|does not exist)/i.exec(text);
  if (namespace?.[1] !== undefined) return ["NOMAD_E_API_NAMESPACE", { namespace: namespace[1] }];
  return /No path to region|Unknown region/i.test(text) ? ["NOMAD_E_API_REGION", {}] : undefined;
}

function missing(status: number, text: string, { path }: CallContext): Finding | undefined {
  if (status !== 404 && !/^Unknown (allocation|node|job|evaluation|deployment)\b/i.test(text)) return undefined;
  return ["NOMAD_E_API_NOT_FOUND", { thing: thingOf(path), reason: text }];
}

/** `/job/a%2Fb/allocations` is about the job a/b. */
function thingOf(path: string): string {
  const [, kind = "", id = ""] = path.split("/");
  const name = path.startsWith("/client/") ? `allocation ${path.split("/").at(-1) ?? ""}` : `${kind} ${id}`;
  try {
    return decodeURIComponent(name).trim();
  } catch {
    return name.trim();
  }
}

/** Texts under HTTP 500 that no repetition will change: what Nomad says to a job it does not accept, or of what is not there. */
const final = [
  /^\d+ errors? occurred:/,
  /^Enforcing job modify index/i,
  /index error: UUID/,
  /Unknown rpc method/i,
  /must be \d+ characters/,
  /^[\w ]+ not found\b/i,
  /^no (such|CSI) plugin\b/i,
  /does not exist$/i,
  /was not found in the Raft configuration$/,
  /^Nomad Enterprise only/,
  /must be paused|cannot be deleted/,
  // nomad/job_endpoint.go: `Dispatch`, `Revert`, `Stable`, `Evaluate`, `Register`.
  /^Dispatch (request|did not)|^dispatch job priority|^Payload (is not|provided|exceeds)|is not a parameterized job$/,
  /^job "[^"]*" in namespace "[^"]*" at version \d+ not found$|^can't (revert|evaluate)|^Current job has version/,
  /^cannot update (non-)?(periodic|parameterized) job|^job can't be submitted|is read-only$/,
  /^total count was greater than configured/,
];

function refused(status: number, text: string): Finding {
  if (status >= 500 && !final.some((pattern) => pattern.test(text)))
    return ["NOMAD_E_API_SERVER", { status, reason: text }];
  return ["NOMAD_E_API_REFUSED", { status, reason: text.replace(/^\d+ errors? occurred:\s*\* /, "") }];
}
