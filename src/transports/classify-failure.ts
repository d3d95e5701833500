import { type ErrorFacts, LauncherError } from "../core/errors/launcher-error.js";
import type { ErrorCode } from "../core/errors/catalogue.js";
import { type CallContext, quoteReason } from "./call-context.js";
import { ProxyError } from "./proxy-tunnel.js";
import { isTlsCode, tlsReason } from "./tls-failure.js";

/** Codes of connections that never came about: nothing of the call was sent. */
const unreachable = new Map([
  ["ECONNREFUSED", "nothing listens there"],
  ["ENOTFOUND", "the host name is unknown"],
  ["EAI_AGAIN", "the name server does not answer"],
  ["EHOSTUNREACH", "there is no route to the host"],
  ["ENETUNREACH", "there is no route to the network"],
  ["EADDRNOTAVAIL", "no local address or port is free"],
  ["ENOENT", "the socket does not exist"],
  ["EACCES", "the socket may not be opened"],
  ["EPERM", "the connection is not permitted"],
  ["EMFILE", "this process has too many files open"],
  ["UND_ERR_CONNECT_TIMEOUT", "no connection came about in time"],
]);

/** Codes of connections that ended under way: the call may have arrived. */
const broken = new Map([
  ["ECONNRESET", "it was reset"],
  ["EPIPE", "it was closed while sending"],
  ["ECONNABORTED", "it was aborted"],
  ["ETIMEDOUT", "the other side is silent"],
  ["UND_ERR_SOCKET", "the other side closed it"],
  ["UND_ERR_ABORTED", "it was aborted"],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "the reply was cut short"],
]);

const silent = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/**
 * What an error thrown by undici, TLS or the network means; a LauncherError passes unchanged.
 *
 * Source of the codes: https://undici.nodejs.org/#/docs/api/Errors and https://nodejs.org/api/errors.html
 */
export function classifyFailure(error: unknown, context: CallContext): LauncherError {
  const chain = [...causes(error)];
  const known = chain.find((link) => link instanceof LauncherError);
  if (known instanceof LauncherError) return known;
  for (const link of chain) {
    const found = classifyCode(link, context);
    if (found !== undefined) return new LauncherError(...found, { cause: error });
  }
  const reason = quoteReason(error instanceof Error ? error.message : String(error), context);
  return new LauncherError("NOMAD_E_LAUNCH_INTERNAL", { reason }, { cause: error });
}

type Finding = readonly [ErrorCode, ErrorFacts];

function classifyCode(link: Error, context: CallContext): Finding | undefined {
  const { address, call, site, seconds } = context;
  const code = codeOf(link);
  const where = { address, call, site };
  if (isTlsCode(code))
    return ["NOMAD_E_TRANSPORT_TLS", { ...where, reason: quoteReason(tlsReason(code, link.message), context) }];
  if (silent.has(code)) return ["NOMAD_E_TRANSPORT_TIMEOUT", { ...where, seconds }];
  if (link instanceof ProxyError) return ["NOMAD_E_TRANSPORT_UNREACHABLE", { ...where, reason: link.message }];
  const why = unreachable.get(code);
  if (why !== undefined) return ["NOMAD_E_TRANSPORT_UNREACHABLE", { ...where, reason: `${why} (${code})` }];
  const how = broken.get(code);
  if (how !== undefined) return ["NOMAD_E_TRANSPORT_BROKEN", { ...where, reason: `${how} (${code})` }];
  return classifyProtocol(link, code, context);
}

function classifyProtocol(link: Error, code: string, context: CallContext): Finding | undefined {
  const { address, call, site, tokenOrigin, seconds } = context;
  if (link.name === "HTTPParserError" || code.startsWith("HPE_") || code === "UND_ERR_HEADERS_OVERFLOW") {
    return ["NOMAD_E_TRANSPORT_NOT_NOMAD", { address, call, site, reason: "it does not speak HTTP/1.1" }];
  }
  if (/Sec-WebSocket|Upgrade header/.test(link.message))
    return ["NOMAD_E_TRANSPORT_NOT_NOMAD", { address, call, site, reason: "it does not speak WebSocket" }];
  if (/handshake has timed out/i.test(link.message))
    return ["NOMAD_E_TRANSPORT_TIMEOUT", { address, call, site, seconds }];
  if (code.startsWith("WS_ERR_")) return ["NOMAD_E_API_REPLY", { call, problem: link.message }];
  // undici refuses a header value with line ends or control characters before anything is sent.
  if (code === "UND_ERR_INVALID_ARG" && /token/i.test(link.message))
    return ["NOMAD_E_API_BAD_TOKEN", { origin: tokenOrigin, site }];
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") {
    return ["NOMAD_E_LAUNCH_INTERNAL", { reason: `the transport was closed before ${call}` }];
  }
  return undefined;
}

/** An error and what caused it, outermost first; of parallel attempts (several addresses of one name) all. */
function* causes(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 8) return;
  yield error;
  if (error instanceof AggregateError) for (const part of error.errors) yield* causes(part, depth + 1);
  yield* causes(error.cause, depth + 1);
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}
