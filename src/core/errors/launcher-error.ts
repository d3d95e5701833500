import { type ErrorCode, catalogue } from "./catalogue.js";
import { plainText } from "./plain-text.js";

const brand = Symbol.for("metaflow-nomad.LauncherError");

/** Facts filled into an error's sentence and hint; never secrets. */
export type ErrorFacts = Readonly<Record<string, string | number>>;

/**
 * Every failure this project reports: a code, a sentence saying what happened to what, and a hint saying what to do.
 *
 * `instanceof` works across two copies of the package, so that plugins may bring their own.
 */
export class LauncherError extends Error {
  /** Its entry of the catalogue (docs/errors.md). */
  readonly code: ErrorCode;
  /** What to do next. */
  readonly hint: string;
  /** What is filled into sentence and hint. */
  readonly facts: ErrorFacts;
  /** Whether the same call could succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly [brand] = true;

  /**
   * @param code an entry of the catalogue.
   * @param facts what its sentence and hint need.
   */
  constructor(code: ErrorCode, facts: ErrorFacts = {}, options?: ErrorOptions) {
    const entry = catalogue[code];
    super(fill(entry.sentence, facts), options);
    this.name = "LauncherError";
    this.code = code;
    this.hint = fill(entry.hint, facts);
    this.facts = facts;
    this.retryable = entry.retryable;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** The error as users see it: code, sentence, hint. */
export function describeError(error: unknown): string {
  if (error instanceof LauncherError) return `${error.code}: ${error.message} ${error.hint}`.trim();
  return error instanceof Error ? error.message : String(error);
}

function fill(text: string, facts: ErrorFacts): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => plainText(String(facts[name] ?? hole)));
}
