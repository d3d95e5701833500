import type { Site } from "../model/site.js";
import type { NomadTransport } from "./transport.js";

/** A command of `metaflow-nomad` that a plugin brings: `metaflow-nomad <name> …`. The launcher's own commands go first. */
export interface PluginCommand {
  /** One word of lower-case letters, digits and hyphens. */
  readonly name: string;
  /** One line, for `metaflow-nomad plugins info`. */
  readonly description: string;
  /**
   * Runs it.
   * @param args the words after the command's name, as they were given.
   * @returns the exit code, 0 to 255.
   * @throws LauncherError told as one of the launcher's own; anything else is told as the plugin's mistake.
   */
  run(args: readonly string[], context: CommandContext): number | Promise<number>;
}

/** What a plugin's command may use. */
export interface CommandContext {
  /**
   * A site and the way to it. Closed by the launcher when the command ends.
   * @param name default: the configuration's `defaultSite`.
   * @throws LauncherError `NOMAD_E_CONFIG_UNKNOWN_SITE`
   */
  site(name?: string): { readonly site: Site; readonly transport: NomadTransport };
  /** Prints on standard output, as it is. */
  write(text: string): void;
  /** Prints on standard error, as it is. */
  warn(text: string): void;
  /** Aborts at Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}
