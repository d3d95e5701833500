import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../../src/cli/program.js";
import { read } from "../../support/markdown.js";

/** Every command that somebody may call, with the words that call it. */
function leaves(parent: Command, path: string): [string, Command][] {
  const shown = parent.createHelp().visibleCommands(parent);
  const own = shown.filter((command) => command.name() !== "help");
  return own.flatMap((command): [string, Command][] => {
    const name = `${path} ${command.name()}`;
    return command.commands.length > 0 ? leaves(command, name) : [[name, command]];
  });
}

function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  return help;
}

describe("help", () => {
  it.each(leaves(createProgram(), "metaflow-nomad"))(
    "of %s has an example, with words the command knows",
    (name, command) => {
      const help = helpOf(command);
      const [, examples = ""] = help.split(/\nExamples?:\n/);
      const lines = examples.split("\n").filter((line) => line.includes("metaflow-nomad"));
      expect(lines.length, help).toBeGreaterThan(0);
      const known = new Set(command.options.flatMap(({ short, long }) => [short, long]));
      for (const line of lines) {
        expect(line).toContain(name);
        const own = line.split(" -- ")[0] ?? "";
        for (const [option] of own.matchAll(/(?<= )--?[a-z][\w-]*/g)) expect(known, line).toContain(option);
      }
    },
  );
});

describe("the pages of job and autoscale", () => {
  const pages = ["job", "job-regions", "autoscale"].map((page) => read(`docs/commands/${page}.md`)).join("");
  const said = pages.replace(/^```[\s\S]*?^```$|^##.*$/gm, "");
  it.each(leaves(createProgram(), "metaflow-nomad").filter(([name]) => / (job|autoscale)\b/.test(name)))(
    "explain %s and each of its options, not in examples alone",
    (_name, command) => {
      expect(said).toMatch(new RegExp(`\`(metaflow-nomad )?(job )?${command.name()}\\b`));
      const options = command.options.filter(({ hidden, long }) => !hidden && long !== "--help");
      for (const { long } of options) expect(said).toMatch(new RegExp(`\`${long ?? ""}(?![\\w-])`));
    },
  );
});
