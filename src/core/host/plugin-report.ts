import { LauncherError } from "../errors/launcher-error.js";

/** Gathers what is wrong with plugins, so that one start names every one of them. */
export class PluginReport {
  readonly #problems: LauncherError[] = [];
  readonly #warnings: string[] = [];

  /** Notes a failure; of a plugin that is not required it becomes a warning. */
  add(error: unknown, plugin: string, required: boolean): void {
    const known = error instanceof LauncherError ? error : failed(plugin, "its setup", error);
    if (required) this.#problems.push(known);
    else this.#warnings.push(`${known.message} The run goes on without it.`);
  }

  /**
   * The warnings.
   * @throws LauncherError when a required plugin cannot be used.
   */
  close(): readonly string[] {
    const [first, ...others] = this.#problems;
    if (first === undefined) return this.#warnings;
    if (others.length === 0) throw first;
    const problems = this.#problems.map(({ message }) => message.replace(/\.$/, "")).join("; ");
    throw new LauncherError("NOMAD_E_PLUGIN_SEVERAL", { count: this.#problems.length, problems }, { cause: first });
  }
}

/** What a plugin's own code threw, whatever it is. */
export function failed(plugin: string, what: string, cause: unknown): LauncherError {
  const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
  return new LauncherError("NOMAD_E_PLUGIN_FAILED", { plugin, what, reason }, { cause });
}
