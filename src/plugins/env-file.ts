import { checkText, refuse } from "../core/errors/refuse.js";

/*
 * Nomad reads the result of an `env = true` template with hashicorp/go-envparse (v0.1.0; 1.7.7 has an older copy): one
 * KEY="value" per line, JSON escapes between double quotes, no line above 64 KiB (its bufio.Scanner).
 */
const longestLine = 65_535;
const longestEntry = 131_071;
const templateName = /^[A-Za-z_][A-Za-z0-9_.]*$/;

/**
 * Refuses what no process can have in its environment.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function checkEntry(name: string, value: string): void {
  checkText(`the name of env ${JSON.stringify(name)}`, name);
  checkText(`env ${name}`, value);
  if (name === "" || name.includes("=")) {
    throw refuse(`env ${JSON.stringify(name)}`, "it is no name for a variable", "Use letters, digits and _.");
  }
  if (Buffer.byteLength(`${name}=${value}`) > longestEntry) {
    throw refuse(`env ${name}`, `it is longer than the ${longestEntry} bytes Linux allows`, "Pass it in a file.");
  }
}

/**
 * Refuses what cannot travel in a template.
 * @param written - The value as the template's file will hold it.
 * @param why - What makes it travel there, for the message.
 */
export function checkTemplateEntry(name: string, written: string, why: string): void {
  if (!templateName.test(name)) {
    throw refuse(
      `env ${JSON.stringify(name)}`,
      `${why}, which its name does not allow`,
      "Name it with A-Z a-z 0-9 _ only.",
    );
  }
  if (Buffer.byteLength(`${name}=${written}`) > longestLine) {
    throw refuse(`env ${name}`, `${why}, which allows ${longestLine} bytes`, "Pass it in a file, or in pieces.");
  }
}

/** A value between double quotes, on one line, as go-envparse reads it back. */
export function quoteValue(value: string): string {
  const escaped = value.replace(/[\\"\u0000-\u001f]/g, (character) =>
    character === "\\" || character === '"'
      ? `\\${character}`
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}
