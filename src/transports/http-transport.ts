import { type Dispatcher, request } from "undici";
import type { TransportParts } from "../core/contracts/plugin.js";
import type { CanExec, ExecCall, ExecIo } from "../core/contracts/task-exec.js";
import type { ApiCall, ApiReply, CanShare, NomadTransport } from "../core/contracts/transport.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import { type CallContext, describeCall } from "./call-context.js";
import { classifyFailure } from "./classify-failure.js";
import { execCallOf, execOverSocket } from "./exec-socket.js";
import { type HttpEndpoint, targetOf } from "./http-address.js";
import { checkStream, readRefusal, readReply } from "./http-reply.js";
import { HttpRoutes, type Route } from "./http-routes.js";
import { RequestLog } from "./request-log.js";
import { mayHaveArrived, mayRepeat, withRetry } from "./retry.js";
import { TlsMaterial } from "./tls-material.js";
import { judgeToken } from "./token-judgement.js";

/** Silence accepted where the call names none, in milliseconds. Nomad's streams send a heartbeat at least every 30 s. */
const requestSilenceMs = 30_000;
const streamSilenceMs = 90_000;

/** A call under way: what its failures say, and whom it went to. */
type Asked = Pick<Opened, "context" | "route">;

/** A reply whose headers have come, with what its failures should say. */
interface Opened {
  readonly reply: Dispatcher.ResponseData;
  readonly context: CallContext;
  readonly route: Route;
}

/** Which of an agent's connection pools a call uses. */
type Pool = "short" | "long";

/** Carries calls over HTTP: `http://`, `https://` (with client certificates), `unix://`. */
export function createHttpTransport(parts: TransportParts): NomadTransport {
  return new HttpTransport(parts);
}

class HttpTransport implements NomadTransport, CanExec, CanShare {
  readonly #routes: HttpRoutes;
  readonly #log: RequestLog;
  #reached = false;

  constructor(private readonly parts: TransportParts) {
    const { site, clock, logger, metrics } = parts;
    this.#log = new RequestLog({ site: site.name, clock, logger, metrics });
    this.#routes = new HttpRoutes(parts.site);
  }

  /** The agent in use now, without credentials. */
  get address(): string {
    return this.#routes.current.endpoint.display;
  }

  async request(call: ApiCall, signal: AbortSignal): Promise<ApiReply> {
    // An object of its own: calls are told apart by it, and callers may use one twice.
    const own = { ...call };
    return withRetry(() => this.#exchange(own, signal), {
      mayHaveArrived: (error) => call.method !== "GET" && mayHaveArrived(error),
      clock: this.parts.clock,
      signal,
      mayRepeat: (error) => mayRepeat(call.method, error) && !this.#neverThere(error),
      onPause: (error, ms) => this.#log.again(own, error, ms),
    });
  }

  async stream(call: ApiCall, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const opened = await this.#authorised({ silenceMs: streamSilenceMs, ...call }, "long", signal);
    checkStream(opened.reply, opened.context);
    return this.#chunks(opened, signal);
  }

  limitConnections(calls: number, streams: number): void {
    this.#routes.resize(calls, streams);
  }

  async exec(call: ExecCall, io: ExecIo, signal: AbortSignal): Promise<number> {
    const { region, proxy, tls: material = {} } = this.parts.site;
    const { endpoint } = this.#routes.current;
    const context = await this.#contextOf({ ...execCallOf(call), silenceMs: streamSilenceMs }, endpoint, signal);
    const tls = endpoint.secure ? await new TlsMaterial(material).current() : {};
    const { clock } = this.parts;
    try {
      return await execOverSocket(call, io, { endpoint, region, tls, proxy, context, clock }, signal);
    } catch (error) {
      const refused = error instanceof LauncherError && aboutToken(error);
      throw refused ? await this.#judged(error, { context }, signal) : error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#routes.destroy();
  }

  async #exchange(call: ApiCall, signal: AbortSignal): Promise<ApiReply> {
    // A blocking query holds its connection as long as a stream does.
    const pool = call.query?.["wait"] === undefined ? "short" : "long";
    const opened = await this.#authorised(call, pool, signal);
    return this.#guard(readReply(opened.reply, opened.context, this.parts.clock), opened, signal);
  }

  /** An address nothing has ever answered at is more likely wrong than busy: waiting for it helps nobody. */
  #neverThere(error: LauncherError): boolean {
    return error.code === "NOMAD_E_TRANSPORT_UNREACHABLE" && !this.#reached;
  }

  /** Sends a call, and once more with a fresh token when the first was refused. */
  async #authorised(call: ApiCall, pool: Pool, signal: AbortSignal): Promise<Opened> {
    const first = await this.#send(call, pool, signal);
    const refusal = await this.#refusalOf(first, signal);
    if (refusal === undefined) return first;
    if (!aboutToken(refusal)) throw refusal;
    if (!(await this.#hasOtherToken(first.context, signal))) throw await this.#judged(refusal, first, signal);
    const second = await this.#send(call, pool, signal);
    const still = await this.#refusalOf(second, signal);
    if (still === undefined) return second;
    throw await this.#judged(still, second, signal);
  }

  /** A parallel call may have renewed the token already: then there is nothing to refresh, and yet a better token. */
  async #hasOtherToken({ token }: CallContext, signal: AbortSignal): Promise<boolean> {
    const { credentials } = this.parts;
    return (await credentials.refresh(signal)) || (await credentials.token(signal)) !== token;
  }

  /** Sends a call to the agent in use; where nothing answers, to the next, until each has been asked. */
  async #send(call: ApiCall, pool: Pool, signal: AbortSignal): Promise<Opened> {
    for (let left = this.#routes.count - 1; ; left -= 1) {
      const route = this.#routes.current;
      try {
        return await this.#sendTo(route, call, pool, signal);
      } catch (error) {
        const elsewhere = error instanceof LauncherError && error.code === "NOMAD_E_TRANSPORT_UNREACHABLE";
        if (left === 0 || !elsewhere) throw error;
      }
    }
  }

  async #sendTo(route: Route, call: ApiCall, pool: Pool, signal: AbortSignal): Promise<Opened> {
    signal.throwIfAborted();
    const { endpoint, pools } = route;
    const context = await this.#contextOf(call, endpoint, signal);
    const silenceMs = call.silenceMs ?? requestSilenceMs;
    const ended = this.#log.begin(call, endpoint.display);
    const sent = request(endpoint.origin + targetOf(call, endpoint, this.parts.site.region), {
      dispatcher: pools[pool],
      signal,
      method: call.method,
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      headers: headersOf(call, context.token),
      body: bodyOf(call),
    });
    const reply = await this.#guard(sent, { context, route }, signal).catch((error: unknown) => {
      ended({ error });
      throw error;
    });
    ended({ status: reply.statusCode });
    this.#reached = true;
    // A body that is destroyed while nobody reads it (an abort) would otherwise end the process with an uncaught error.
    reply.body.on("error", () => undefined);
    return { reply, context, route };
  }

  async #contextOf(call: ApiCall, endpoint: HttpEndpoint, signal: AbortSignal): Promise<CallContext> {
    const { site, credentials } = this.parts;
    const token = await credentials.token(signal);
    const seconds = (call.silenceMs ?? requestSilenceMs) / 1000;
    return describeCall(call, site, { address: endpoint.display, tokenOrigin: credentials.origin, token, seconds });
  }

  async #refusalOf(opened: Opened, signal: AbortSignal): Promise<LauncherError | undefined> {
    const { reply, context } = opened;
    const accepted = reply.statusCode >= 200 && reply.statusCode < 300;
    return accepted ? undefined : this.#guard(readRefusal(reply, context, this.parts.clock), opened, signal);
  }

  #judged(refusal: LauncherError, { context }: Pick<Opened, "context">, signal: AbortSignal): Promise<LauncherError> {
    const lookup = async (call: ApiCall) => {
      const opened = await this.#send({ ...call }, "short", signal);
      const refusal = await this.#refusalOf(opened, signal);
      if (refusal === undefined) await opened.reply.body.dump();
      return refusal;
    };
    return judgeToken(refusal, context, lookup);
  }

  async *#chunks(opened: Opened, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of opened.reply.body as AsyncIterable<Uint8Array>) yield chunk;
    } catch (error) {
      throw this.#explain(error, opened, signal);
    }
  }

  async #guard<T>(work: Promise<T>, asked: Asked, signal: AbortSignal): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#explain(error, asked, signal);
    }
  }

  /** The caller's own abort stays the caller's reason; everything else becomes a coded error. */
  #explain(error: unknown, { context, route }: Asked, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    const failure = classifyFailure(error, context);
    const alert = failure.code === "NOMAD_E_TRANSPORT_BROKEN" ? route.pools.takeAlert() : undefined;
    const explained = alert === undefined ? failure : classifyFailure(alert, context);
    this.#routes.leave(route, explained);
    return explained;
  }
}

function aboutToken({ code }: LauncherError): boolean {
  return code === "NOMAD_E_API_FORBIDDEN" || code === "NOMAD_E_API_BAD_TOKEN";
}

function bodyOf({ body }: ApiCall): string | Uint8Array | null {
  if (body === undefined) return null;
  return body instanceof Uint8Array ? body : JSON.stringify(body);
}

function headersOf(call: ApiCall, token: string | undefined): Record<string, string> {
  const type = call.body instanceof Uint8Array ? "application/octet-stream" : "application/json";
  return {
    ...call.headers,
    accept: "application/json",
    ...(call.body !== undefined && { "content-type": type }),
    ...(token !== undefined && { "x-nomad-token": token }),
  };
}
