import { z } from "zod";
import { LauncherError } from "../core/errors/launcher-error.js";

/**
 * The files and lines the Metaflow extension and the launch host exchange. Version 1.
 *
 * The Python side writes them (python/metaflow_extensions/nomad_ext/plugins/nomad); the golden files in
 * test/support/protocol hold the two together.
 */
const protocolVersion = 1;

const text = z.string();
const texts = z.record(text, text);
const json = z.json();

const constraint = z.object({ LTarget: text.optional(), RTarget: text.optional(), Operand: text });
const affinity = constraint.extend({ Weight: z.number() });
const gpu = z.object({
  count: z.number(),
  device: text.optional(),
  constraints: z.array(constraint).optional(),
  affinities: z.array(affinity).optional(),
});

const launchFields = {
  site: text.optional(),
  driver: text.optional(),
  driverConfig: z.record(text, json).optional(),
  image: text.optional(),
  resources: z
    .object({
      cpu: z.number().optional(),
      cores: z.number().optional(),
      memory: z.number().optional(),
      memoryMax: z.number().optional(),
      disk: z.number().optional(),
      gpu: gpu.optional(),
    })
    .default({}),
  placement: z
    .object({
      region: text.optional(),
      namespace: text.optional(),
      datacenters: z.array(text).optional(),
      nodePool: text.optional(),
      priority: z.number().optional(),
      constraints: z.array(constraint).optional(),
    })
    .default({}),
  env: texts.default({}),
  secretEnv: texts.default({}),
  nomadEnv: texts.default({}),
  meta: texts.default({}),
  timeoutSeconds: z.number().optional(),
  user: text.optional(),
  exitMeanings: z
    .record(text, z.object({ sentence: text, advice: text, retriable: z.boolean(), sign: text.optional() }))
    .optional(),
  gang: z.object({ name: text, index: z.number(), size: z.number() }).optional(),
  blocks: z.record(text, json).optional(),
  secrets: texts.optional(),
  sharedPath: text.optional(),
  packageCache: z.boolean().optional(),
};

/** One launch. */
export const launchRequest = z.strictObject({
  jobId: text,
  jobName: text.optional(),
  argv: z.array(text).min(1),
  ...launchFields,
});
const stepTemplate = z.strictObject({
  jobId: text.optional(),
  jobName: text.optional(),
  argv: z.array(text).optional(),
  ...launchFields,
});
/** Where a step that names an address of its own runs. */
export const connection = z.object({
  address: text,
  region: text.optional(),
  token: text.optional(),
  tokenFile: text.optional(),
});

const stepOfRun = z.object({
  step: text,
  launch: stepTemplate,
  connection: connection.optional(),
  /** Whether the flow goes on without the step's result (@catch). */
  caught: z.boolean().default(false),
});

/** `<rundir>/run.json`: the run a host is for. */
export const runFile = z.object({
  version: z.literal(protocolVersion),
  flow: text,
  runId: text,
  user: text,
  flowDir: text,
  conf: texts.default({}),
  /** Image of last resort: of the submitter's own Python version. */
  defaultImage: text.optional(),
  /** Folders to delete when the run is over, should the runtime not do it. */
  scratch: z.array(text).default([]),
  datastore: z.object({ type: text, root: text }),
  steps: z.array(stepOfRun),
});
export type RunFile = z.infer<typeof runFile>;

const logs = z.object({ stdout: text, stderr: text });

/** `<rundir>/tasks/*.json`: one attempt of one task. */
export const taskFile = z.object({
  version: z.literal(protocolVersion),
  pathspec: text,
  attempt: z.number().int().nonnegative(),
  delaySeconds: z.number().optional(),
  logs,
  launch: launchRequest,
  connection: connection.optional(),
  /** The pool of warm workers that the task belongs to, and what a worker is told of it: the words after the step's name. */
  pool: z.object({ file: text, words: z.array(text) }).optional(),
  /** The other nodes of a @parallel step, from index 1 on: what they have of their own. */
  workers: z.array(z.object({ pathspec: text, jobId: text, env: texts, meta: texts, logs })).default([]),
});
export type TaskFile = z.infer<typeof taskFile>;

/** First line of every connection. */
export const hello = z.discriminatedUnion("kind", [
  z.object({ v: z.literal(protocolVersion), kind: z.literal("run") }),
  z.object({ v: z.literal(protocolVersion), kind: z.literal("metrics") }),
  z.object({ v: z.literal(protocolVersion), kind: z.literal("task"), request: text, resume: text.nullish() }),
]);

/** What the runtime says after its hello. */
export const runCommand = z.union([z.object({ cmd: z.literal("close") }), z.object({ ack: text })]);

/** Parses one JSON text of the protocol. */
export function parseProtocol<T>(schema: z.ZodType<T>, source: string): T {
  try {
    const value: unknown = JSON.parse(source);
    checkVersion(value);
    return schema.parse(value);
  } catch (error) {
    if (error instanceof LauncherError) throw error;
    const problem = error instanceof z.ZodError ? z.prettifyError(error).replaceAll("\n", " ") : String(error);
    throw new LauncherError("NOMAD_E_HOST_PROTOCOL", { problem }, { cause: error });
  }
}

/** A package that was upgraded in the middle of a run finds the files of the one before, and its clients. */
function checkVersion(value: unknown): void {
  const { v, version = v } = (value ?? {}) as { readonly v?: unknown; readonly version?: unknown };
  if (typeof version !== "number" || version === protocolVersion) return;
  throw new LauncherError("NOMAD_E_HOST_VERSION", { theirs: version, ours: protocolVersion });
}
