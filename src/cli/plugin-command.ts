import { Console } from "node:console";
import type { PluginCommand } from "../core/contracts/command.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { Host } from "../core/host/host.js";
import { reasonOf, textOf } from "../core/host/plugin-report.js";
import { loadHere, openHostHere } from "./open-host.js";
import { untilInterrupted } from "./until-interrupted.js";

/**
 * A command that a plugin of the configuration found here brings.
 *
 * @returns its exit code; undefined when no plugin brings a command of that name.
 * @throws LauncherError what the command throws; `NOMAD_E_PLUGIN_FAILED` for what is the plugin's own mistake.
 */
export async function pluginCommand(name: string, args: readonly string[]): Promise<number | undefined> {
  if ((await loadHere()).plugins.length === 0) return undefined;
  await using host = await openHostHere();
  const found = host.command(name);
  return found === undefined ? undefined : await run(found.command, found.plugin, args, host);
}

async function run(command: PluginCommand, plugin: string, args: readonly string[], host: Host): Promise<number> {
  const failed = (reason: string, cause?: unknown) =>
    new LauncherError("NOMAD_E_PLUGIN_FAILED", { plugin, what: `its command ${command.name}`, reason }, { cause });
  let code: unknown;
  // What a command prints is for whoever called it.
  globalThis.console = new Console(process.stdout, process.stderr);
  try {
    code = await command.run(args, {
      site: (site) => {
        const launcher = host.site(site);
        return { site: launcher.site, transport: launcher.transport };
      },
      write: (text) => void process.stdout.write(text),
      warn: (text) => void process.stderr.write(text),
      signal: untilInterrupted(),
    });
  } catch (error) {
    throw error instanceof LauncherError ? error : failed(reasonOf(error), error);
  }
  if (typeof code === "number" && Number.isInteger(code) && code >= 0 && code <= 255) return code;
  throw failed(`it returned ${typeof code === "string" ? JSON.stringify(code) : textOf(code)}, which is no exit code`);
}
