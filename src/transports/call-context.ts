import type { ApiCall } from "../core/contracts/transport.js";
import type { Site } from "../core/model/site.js";

/** What a failure's message may say about the call it happened in. */
export interface CallContext {
  readonly address: string;
  readonly site: string;
  /** Method and path, without the query: `PUT /jobs`. */
  readonly call: string;
  readonly path: string;
  readonly namespace: string;
  readonly region: string;
  /** Where the token comes from; never the token. */
  readonly tokenOrigin: string;
  /** The token that was sent: removed from whatever a server says back. */
  readonly token: string | undefined;
  /** Silence that was accepted, in seconds. */
  readonly seconds: number;
}

/** Describes a call for messages. */
export function describeCall(
  call: ApiCall,
  site: Site,
  parts: Pick<CallContext, "address" | "tokenOrigin" | "token" | "seconds">,
): CallContext {
  return {
    ...parts,
    site: site.name,
    call: `${call.method} ${call.path}`,
    path: call.path,
    namespace: String(call.query?.["namespace"] ?? "default"),
    region: String(call.query?.["region"] ?? site.region ?? "of the agent"),
  };
}

const longestReason = 300;

/** A foreign text as one short line that holds no token: servers and proxies may echo what they were sent. */
export function quoteReason(text: string, { token }: Pick<CallContext, "token">): string {
  const line = text.replace(/\s+/g, " ").trim();
  const clean = token === undefined || token === "" ? line : line.replaceAll(token, "(token)");
  return clean.length > longestReason ? `${clean.slice(0, longestReason)}…` : clean;
}
