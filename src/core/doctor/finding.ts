/** How a check went. Only `fail` makes the doctor's exit code 1. */
export type FindingStatus = "ok" | "warn" | "fail";

/** One line of the doctor. Never a secret in it. */
export interface Finding {
  readonly check: string;
  readonly status: FindingStatus;
  /** What was found. */
  readonly found: string;
  /** What to do; absent where all is well. */
  readonly todo?: string | undefined;
}

export const ok = (check: string, found: string): Finding => ({ check, status: "ok", found });

export const warn = (check: string, found: string, todo: string): Finding => ({ check, status: "warn", found, todo });

export const fail = (check: string, found: string, todo: string): Finding => ({ check, status: "fail", found, todo });

/** The finding as one line of text. */
export function describeFinding({ check, status, found, todo }: Finding): string {
  return oneLine(`${status.padEnd(4)}  ${check}: ${found}${todo === undefined ? "" : `. ${todo}`}`);
}

function oneLine(text: string): string {
  return text
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.{2,}(\s)/g, ".$1")
    .trimEnd();
}
