import { z } from "zod";
import { LauncherError } from "../errors/launcher-error.js";
import type { ConfigFile, ValuePath } from "./config-file.js";
import { nearest } from "./nearest.js";
import { type ConfigInput, configSchema } from "./schema.js";

/** Names of the sites that stand in the environment, not in a file. */
export const implicitSites = { metaflow: "metaflow", nomad: "nomad" } as const;

/**
 * Checks a config file against the schema.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID`, with the first problem's place and what would be right.
 */
export function checkConfig(config: ConfigFile): ConfigInput {
  const parsed = configSchema.safeParse(config.value);
  if (!parsed.success) throw invalid(config, ...describeIssue(parsed.error.issues));
  const taken = Object.keys(parsed.data.sites).find((name) => Object.hasOwn(implicitSites, name));
  if (taken !== undefined) {
    const variable = taken === implicitSites.metaflow ? "METAFLOW_NOMAD_ADDRESS" : "NOMAD_ADDR";
    throw invalid(
      config,
      ["sites", taken],
      `the name ${taken} belongs to the site that ${variable} sets; choose another`,
    );
  }
  checkDefaultSite(config, parsed.data);
  return parsed.data;
}

function checkDefaultSite(config: ConfigFile, { defaultSite, sites }: ConfigInput): void {
  const known = Object.keys(sites);
  if (defaultSite === undefined || known.includes(defaultSite)) return;
  const like = nearest(defaultSite, known);
  const cure = like === undefined ? `known sites: ${known.join(", ")}` : `did you mean ${like}?`;
  throw invalid(config, ["defaultSite"], `there is no site ${defaultSite}; ${cure}`);
}

function invalid(config: ConfigFile, path: ValuePath, problem: string): LauncherError {
  const at = config.place(path);
  const dotted = path.join(".");
  const place = dotted === "" || at === dotted ? at : `${at} (${dotted})`;
  return new LauncherError("NOMAD_E_CONFIG_INVALID", { file: config.file, place, problem });
}

function describeIssue(issues: readonly z.core.$ZodIssue[]): [ValuePath, string] {
  // A key that is unknown explains another one that is missing, so it comes first.
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (issue === undefined) return [[], "it is not understood"];
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code !== "unrecognized_keys") return [path, plain(issue.message)];
  const key = issue.keys[0] ?? "";
  return [[...path, key], unknownKey(key, keysAt(configSchema, path))];
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
