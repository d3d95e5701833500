import type { Command } from "commander";
import { refuse } from "../core/errors/refuse.js";

/** A command, and what may follow it. */
interface Words {
  /** Path below the program: `job plan`; empty for the program. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly about: string }[];
}

/** `metaflow-nomad completion SHELL`: a script made from the commands' own declarations. */
export function completionCommand(shell: string, program: Command): Promise<number> {
  const write = { bash, zsh, fish }[shell];
  if (write === undefined) throw refuse("shell", `there is no completion for ${shell}`, "Name bash, zsh or fish.");
  process.stdout.write(write(program.name(), wordsOf(program)));
  return Promise.resolve(0);
}

/** Every command with its subcommands and options; hidden ones are left out, as in the help. */
export function wordsOf(program: Command, path = ""): Words[] {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((one) => one.name() !== "help");
  const options = help.visibleOptions(program);
  const words = [
    ...commands.map((one) => ({ word: one.name(), about: one.description() })),
    ...options.flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : [])),
  ];
  return [{ path, words }, ...commands.flatMap((one) => wordsOf(one, `${path} ${one.name()}`.trim()))];
}

/** The words typed so far that name a command, joined, choose the line. */
function bash(name: string, all: readonly Words[]): string {
  const cases = all.map(({ path, words }) => `    "${path}") words="${words.map(({ word }) => word).join(" ")}" ;;`);
  const known = all.map(({ path }) => `"${path}"`).join("|");
  return `# bash completion of ${name}
_${idOf(name)}() {
  local path="" next word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$word"
    case "$next" in ${known}) path="$next" ;; esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${idOf(name)} ${name}
`;
}

function zsh(name: string, all: readonly Words[]): string {
  const cases = all.map(({ path, words }) => {
    const told = words.map(({ word, about }) => `'${word}:${about.replaceAll("'", "'\\''").replaceAll(":", "\\:")}'`);
    return `    "${path}") described=(${told.join(" ")}) ;;`;
  });
  const known = all.map(({ path }) => `"${path}"`).join("|");
  return `#compdef ${name}
_${idOf(name)}() {
  local typed="" next word
  local -a described
  for word in "\${words[@]:1:$((CURRENT-2))}"; do
    next="\${typed:+$typed }$word"
    case "$next" in ${known}) typed="$next" ;; esac
  done
  case "$typed" in
${cases.join("\n")}
  esac
  _describe '${name}' described || _files
}
compdef _${idOf(name)} ${name}
`;
}

function fish(name: string, all: readonly Words[]): string {
  const lines = all.flatMap(({ path, words }) =>
    words.map(({ word, about }) => {
      const when = `__${idOf(name)}_at "${path}"`;
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c ${name} -n '${when}' ${what} -d '${about.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    }),
  );
  const known = all.map(({ path }) => `"${path}"`).join(" ");
  return `# fish completion of ${name}
function __${idOf(name)}_at
  set -l path ""
  for word in (commandline -opc)[2..-1]
    set -l next (string trim "$path $word")
    contains -- "$next" ${known}; and set path $next
  end
  test "$path" = "$argv[1]"
end
${lines.join("\n")}
`;
}

const idOf = (name: string) => name.replaceAll("-", "_");
