import { plainText } from "../core/errors/plain-text.js";

/** Writes lines to standard output; what a server or a node put into them cannot steer the terminal. */
export function say(text: string): void {
  process.stdout.write(plainText(text));
}

/** The same, to standard error. */
export function warn(text: string): void {
  process.stderr.write(plainText(text));
}
