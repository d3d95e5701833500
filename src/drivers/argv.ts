import { checkText, refuse } from "../core/errors/refuse.js";

/** A command and its arguments, as most drivers' `Config` wants them. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** Whether Nomad leaves the text's Unicode as it is (every string of its HCL is brought into NFC). */
export function isComposed(text: string): boolean {
  return text.normalize("NFC") === text;
}

/** Linux refuses a single argument or environment entry of this many bytes (MAX_ARG_STRLEN, with its end). */
const LONGEST_ARGUMENT = 131_071;

/**
 * Splits argv into command and arguments that reach the process byte for byte.
 *
 * Nomad composes the Unicode of driver configuration (NFC), so an argument in another form is carried as octal through
 * `/bin/sh`, which the task then must have.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function commandOf(argv: readonly string[]): Command {
  const [command, ...args] = argv;
  if (command === undefined || command === "") {
    throw refuse("command", "there is nothing to run", "Give the program and its arguments.");
  }
  argv.forEach(checkArgument);
  return argv.every(isComposed) ? { command, args } : throughShell(argv);
}

function checkArgument(argument: string, index: number): void {
  const field = index === 0 ? "command" : `argument ${index}`;
  checkText(field, argument);
  if (Buffer.byteLength(argument) > LONGEST_ARGUMENT) {
    throw refuse(
      field,
      `it is longer than the ${LONGEST_ARGUMENT} bytes Linux allows`,
      "Pass it in a file or in pieces.",
    );
  }
}

function throughShell(argv: readonly string[]): Command {
  const set = argv.flatMap((text, index) => (isComposed(text) ? [] : [`a${index}=$(printf '${octal(text)}x')`]));
  // The trailing x keeps newlines at the end, which $(…) would drop.
  const words = argv.map((text, index) => (isComposed(text) ? `"\${${index + 1}}"` : `"\${a${index}%x}"`));
  const script = [...set, `exec ${words.join(" ")}`].join("; ");
  return { command: "/bin/sh", args: ["-c", script, "sh", ...argv.map((text) => (isComposed(text) ? text : ""))] };
}

function octal(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
