import type { Clock } from "../contracts/clock.js";
import type { NomadTransport } from "../contracts/transport.js";
import { LauncherError } from "../errors/launcher-error.js";

/** How long an answer is good for, in milliseconds: many tasks of a run ask at the same time. */
const validMs = 60_000;

/** The version of a site's Nomad. */
export class ServerVersion {
  #known: { readonly at: number; readonly version: Promise<string | undefined> } | undefined;
  #told = false;

  constructor(
    private readonly transport: NomadTransport,
    private readonly clock: Clock,
  ) {}

  /** Where Nomad answers, for messages. */
  get address(): string {
    return this.transport.address;
  }

  /** Undefined under the least token: it needs agent:read, and no reply of Nomad's carries the version. */
  read(signal: AbortSignal): Promise<string | undefined> {
    const now = this.clock.now();
    if (this.#known !== undefined && now - this.#known.at < validMs) return this.#known.version;
    const version = this.#ask(signal);
    this.#known = { at: now, version };
    version.catch(() => (this.#known = undefined));
    return version;
  }

  /** True for the first who asks: what follows from an unknown version is said once. */
  untold(): boolean {
    const first = !this.#told;
    this.#told = true;
    return first;
  }

  async #ask(signal: AbortSignal): Promise<string | undefined> {
    try {
      const { body } = await this.transport.request({ method: "GET", path: "/agent/self" }, signal);
      return (body as { config?: { Version?: { Version?: string } } } | undefined)?.config?.Version?.Version;
    } catch (error) {
      if (error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN") return undefined;
      throw error;
    }
  }
}
