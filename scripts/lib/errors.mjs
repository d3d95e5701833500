import { handleInterrupts } from "./signals.mjs";

/**
 * A setup step that cannot go on, told in one sentence that says what to do.
 * Entry scripts print the message alone: a stack trace would hide the sentence.
 */
export class SetupError extends Error {
  /** @param {string} message @param {{ cause?: unknown }} [options] */
  constructor(message, options) {
    super(message, options);
    this.name = "SetupError";
  }
}

/**
 * Runs an entry point: a SetupError ends the process with its sentence and exit code 1.
 * @param {() => Promise<number | void>} main
 */
export async function entry(main) {
  handleInterrupts();
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
