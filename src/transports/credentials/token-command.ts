import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Credentials } from "../../core/contracts/credentials.js";
import type { CredentialsFactory } from "../../core/contracts/plugin.js";
import { LauncherError } from "../../core/errors/launcher-error.js";

const run = promisify(execFile);
/** How long a command may take, in milliseconds. */
const patienceMs = 60_000;

/** A token that a command prints (`vault read …`, `pass show …`): run once, and again after a 403. */
export const tokenCommand: CredentialsFactory = ({ tokenCommand: words }): Credentials | undefined => {
  const [program, ...args] = words ?? [];
  return program === undefined ? undefined : new TokenCommand(program, args);
};

class TokenCommand implements Credentials {
  readonly origin: string;
  #running: Promise<string> | undefined;
  #token: string | undefined;

  constructor(
    private readonly program: string,
    private readonly args: readonly string[],
  ) {
    // Its arguments may be secret.
    this.origin = `command ${program}`;
  }

  /** @throws LauncherError `NOMAD_E_CONFIG_COMMAND` when the command fails or prints nothing. */
  async token(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return (this.#token ??= await this.#ask());
  }

  async refresh(signal: AbortSignal): Promise<boolean> {
    const refused = this.#token;
    this.#token = undefined;
    return (await this.token(signal)) !== refused;
  }

  /** Calls that come together share one run. */
  async #ask(): Promise<string> {
    this.#running ??= this.#run();
    try {
      return await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async #run(): Promise<string> {
    try {
      const { stdout } = await run(this.program, this.args, { timeout: patienceMs });
      const token = stdout.trim();
      if (token !== "") return token;
    } catch (error) {
      throw this.#failed(reasonOf(error), error);
    }
    throw this.#failed("it printed nothing");
  }

  #failed(reason: string, cause?: unknown): LauncherError {
    return new LauncherError("NOMAD_E_CONFIG_COMMAND", { command: this.program, reason }, { cause: shallow(cause) });
  }
}

/** What the command said on stderr stays out of it: it may show the secret. */
function reasonOf(error: unknown): string {
  const { code, signal, killed } = error as { code?: unknown; signal?: unknown; killed?: boolean };
  if (killed === true) return `it took longer than ${patienceMs / 1000} s`;
  if (code === "ENOENT") return "there is no such program";
  return typeof signal === "string" ? `it was ended by ${signal}` : `it exited with ${String(code)}`;
}

/** Node puts command line and output into the error of a failed command. */
function shallow(cause: unknown): unknown {
  return cause instanceof Error ? new Error(cause.name) : undefined;
}
