import { z } from "zod";
import type { ValuePath } from "./config-file.js";
import { nearest } from "../errors/nearest.js";

/** The first problem of a checked text: where it is, and what would be right. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], schema: z.ZodType): [ValuePath, string] {
  // A key that is unknown explains another one that is missing, so it comes first.
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (issue === undefined) return [[], "it is not understood"];
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code !== "unrecognized_keys") return [path, plain(issue.message)];
  const key = issue.keys[0] ?? "";
  return [[...path, key], unknownKey(key, keysAt(schema, path))];
}

function plain(message: string): string {
  return message.replace(/^Invalid input: /, "").replace(/^./, (first) => first.toLowerCase());
}

function unknownKey(key: string, known: readonly string[]): string {
  const like = nearest(key, known);
  return `unknown key ${JSON.stringify(key)}; ${like === undefined ? `known are ${known.join(", ")}` : `did you mean ${like}?`}`;
}

/** The keys the schema knows at a path. */
function keysAt(schema: unknown, path: ValuePath): readonly string[] {
  const bare = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  const [step, ...rest] = path;
  if (bare instanceof z.ZodObject) {
    const shape = bare.shape as Readonly<Record<string, unknown>>;
    return step === undefined ? Object.keys(shape) : keysAt(shape[String(step)], rest);
  }
  return bare instanceof z.ZodRecord && step !== undefined ? keysAt(bare.valueType, rest) : [];
}
