import type { Clock } from "../core/contracts/clock.js";
import type { Logger } from "../core/contracts/logger.js";
import type { MetricsSink } from "../core/contracts/metrics.js";
import type { ApiCall } from "../core/contracts/transport.js";
import { LauncherError } from "../core/errors/launcher-error.js";

/** What is told of every call of one transport. */
export interface RequestLogParts {
  readonly site: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricsSink | undefined;
}

/** Told how a sending went: the reply's status, or what was thrown instead. */
type Ended = (result: { readonly status: number } | { readonly error: unknown }) => void;

/** Gives every call an ID, and says at level debug, and in numbers, what became of each sending of it. */
export class RequestLog {
  #last = 0;
  readonly #calls = new WeakMap<ApiCall, { readonly id: number; attempts: number }>();

  constructor(private readonly parts: RequestLogParts) {}

  /** One sending; the same object again is another attempt of the same call. */
  begin(call: ApiCall, address: string): Ended {
    const { site, clock, logger, metrics } = this.parts;
    const known = this.#calls.get(call) ?? { id: (this.#last += 1), attempts: 0 };
    this.#calls.set(call, known);
    const attempt = (known.attempts += 1);
    const begun = clock.now();
    const kind = kindOf(call);
    metrics?.add("requests_in_flight", { site });
    return (result) => {
      const ms = clock.now() - begun;
      const status = "status" in result ? String(result.status) : codeOf(result.error);
      metrics?.add("requests_in_flight", { site }, -1);
      metrics?.add("requests", { site, kind, status });
      if ("status" in result) metrics?.observe("request_seconds", { site, kind }, ms / 1_000);
      const { method, path } = call;
      logger.debug({ request: known.id, attempt, method, path, status, ms: Math.round(ms), address }, "call");
    };
  }

  /** A call that failed and is sent again after a pause. */
  again(call: ApiCall, error: LauncherError, pauseMs: number): void {
    const { site, logger, metrics } = this.parts;
    metrics?.add("retries", { site, code: error.code });
    const { method, path } = call;
    const request = this.#calls.get(call)?.id;
    logger.debug(
      { request, method, path, code: error.code, pauseMs: Math.round(pauseMs) },
      "call failed; trying again",
    );
  }
}

const codeOf = (error: unknown) => (error instanceof LauncherError ? error.code : "aborted");

/** Words of Nomad's paths; what else stands in one is somebody's ID. */
const words = new Set(
  `acl agent allocation allocations allocations: bootstrap cancel client csr deployment deployments dispatch drain
  eligibility evaluation evaluations event exec fail file fs gc health host job jobs logs ls members metrics namespace namespaces node nodes
  operator parse pause periodic plan policies policy pool pools promote purge quota readat regions restart revert role roles scale scaling
  search self services service signal stable stat stats status statuses stop stream submission summary system token tokens validate var vars
  version versions volume volumes leader peers recommendation fuzzy restart leader`.split(/\s+/),
);

/** A call without what names things: `GET /job/:id/allocations`. There are only so many of them. */
export function kindOf({ method, path }: Pick<ApiCall, "method" | "path">): string {
  if (path.startsWith("/var/")) return `${method} /var/:path`;
  const [first, ...parts] = path.split("/").slice(1);
  return `${method} /${[first ?? "", ...parts.map((part) => (words.has(part) ? part : ":id"))].join("/")}`;
}
