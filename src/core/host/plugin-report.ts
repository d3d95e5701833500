import { LauncherError } from "../errors/launcher-error.js";

/** Where a plugin is from. */
export interface PluginOrigin {
  readonly name: string;
  /** Package or path, as it stands in the file. */
  readonly source?: string | undefined;
  /** File, and line with column, where it is listed. */
  readonly place?: string | undefined;
  readonly required?: boolean | undefined;
}

/** Gathers what is wrong with plugins, so that one start names every one of them: which, where it is listed, and the cure. */
export class PluginReport {
  readonly #problems: LauncherError[] = [];
  readonly #warnings: string[] = [];

  /** Notes a failure; of a plugin that is not required it becomes a warning. */
  add(error: unknown, plugin: PluginOrigin): void {
    const known = located(error instanceof LauncherError ? error : failed(plugin.name, "its setup", error), plugin);
    if (plugin.required ?? true) this.#problems.push(known);
    else this.#warnings.push(`${known.message} ${known.hint} The run goes on without it.`);
  }

  /**
   * The warnings.
   * @throws LauncherError when a required plugin cannot be used.
   */
  close(): readonly string[] {
    const [first, ...others] = this.#problems;
    if (first === undefined) return this.#warnings;
    if (others.length === 0) throw first;
    const problems = this.#problems.map(({ message, hint }, index) => `\n  ${index + 1}. ${message} ${hint}`).join("");
    throw new LauncherError("NOMAD_E_PLUGIN_SEVERAL", { count: this.#problems.length, problems }, { cause: first });
  }
}

/** The same error, its plugin with the place where it is listed. */
function located(error: LauncherError, { source, place }: PluginOrigin): LauncherError {
  if (source === undefined && place === undefined) return error;
  const where = [source, place].filter((one) => one !== undefined).join(", ");
  const { plugin, second } = error.facts;
  const facts = {
    ...error.facts,
    ...(plugin !== undefined && {
      plugin: plugin === source ? (place ? `${plugin} (${place})` : plugin) : `${plugin} (${where})`,
    }),
    ...(second !== undefined && { second: `${second} (${where})` }),
  };
  return new LauncherError(error.code, facts, { cause: error });
}

/** What a plugin's own code threw, whatever it is. */
export function failed(plugin: string, what: string, cause: unknown): LauncherError {
  return new LauncherError("NOMAD_E_PLUGIN_FAILED", { plugin, what, reason: reasonOf(cause) }, { cause });
}

/** What somebody else's code threw, in one line. */
export function reasonOf(cause: unknown): string {
  try {
    return cause instanceof Error ? (textOf(cause.message).split("\n")[0] ?? "") : textOf(cause);
  } catch {
    return "an error that cannot be read";
  }
}

/** Whatever it is, as text: what has no way to become one is named by its type. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a value of type ${typeof value}`;
  }
}
