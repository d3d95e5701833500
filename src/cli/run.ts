import { createProgram } from "./program.js";
import { heedClosedPipes } from "./until-interrupted.js";

const program = createProgram();

/** A word that is no command of the launcher's own may be a plugin's. */
async function main(): Promise<void> {
  const [name = "", ...args] = process.argv.slice(2);
  const own = [...program.commands.map((command) => command.name()), "help"];
  const isPlugins = /^[a-z]/.test(name) && !own.includes(name);
  const code = isPlugins ? await (await import("./plugin-command.js")).pluginCommand(name, args) : undefined;
  if (code === undefined) await program.parseAsync();
  else process.exitCode = code;
}

heedClosedPipes();
try {
  await main();
} catch (error) {
  const [{ explainLocalAgent }, { describeError }, { warn }] = await Promise.all([
    import("../core/config/local-agent.js"),
    import("../core/errors/launcher-error.js"),
    import("./say.js"),
  ]);
  warn(`${describeError(explainLocalAgent(error))}\n`);
  process.exitCode = 1;
}
