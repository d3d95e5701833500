import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { describeIssues } from "../core/config/describe-issues.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import { nearest } from "../core/errors/nearest.js";
import type { JsonObject } from "../core/model/json.js";
import type { DeviceAsk, LaunchRequest } from "../core/model/launch-request.js";
import { builtinFeatures } from "../plugins/builtin.js";

const names = z.record(z.string(), z.string());
const constraint = z.union([
  z.strictObject({ attribute: z.string().optional(), operator: z.string().optional(), value: z.string().optional() }),
  z.strictObject({ LTarget: z.string().optional(), RTarget: z.string().optional(), Operand: z.string() }),
]);

/** `nvidia/gpu`, `nvidia/gpu/H100`, with `:2` for two of it. */
const deviceText = z.string().regex(/^[^/\s:]+\/[^/\s:]+(\/[^:]+)?(:[1-9]\d*)?$/, "must look like nvidia/gpu/H100:2");
const weighted = z.strictObject({
  attribute: z.string(),
  operator: z.string().optional(),
  value: z.string(),
  weight: z.int().optional(),
});
const deviceAsk = z.strictObject({
  count: z.int().positive().optional(),
  device: z.string().optional(),
  constraints: z.array(constraint).optional(),
  affinities: z.array(weighted).optional(),
});

/** A task file, in the words of `@nomad`. Units: MHz, MB, minutes. */
const launchFile = z.strictObject({
  name: z.string().optional(),
  command: z.array(z.string()).min(1),
  site: z.string().optional(),
  driver: z.string().optional(),
  driver_config: z.record(z.string(), z.json()).optional(),
  image: z.string().optional(),
  cpu: z.number().positive().optional(),
  cores: z.int().positive().optional(),
  memory: z.number().positive().optional(),
  memory_max: z.number().positive().optional(),
  disk: z.number().positive().optional(),
  gpu: z.union([z.int().positive(), deviceText, deviceAsk]).optional(),
  region: z.string().optional(),
  namespace: z.string().optional(),
  datacenters: z.array(z.string()).optional(),
  node_pool: z.string().optional(),
  priority: z.int().min(1).max(100).optional(),
  constraints: z.array(constraint).optional(),
  env: names.optional(),
  secret_env: names.optional(),
  secrets: names.optional(),
  meta: names.optional(),
  user: z.string().optional(),
  timeout_minutes: z.number().positive().optional(),
});
type LaunchFile = z.infer<typeof launchFile>;

/** Reads a task file (YAML or JSON) as a launch request with a job ID of its own. */
export async function readLaunchFile(file: string): Promise<LaunchRequest> {
  const refuse = (problem: string, place = "the file", cause?: unknown) =>
    new LauncherError("NOMAD_E_CONFIG_INVALID", { file, place, problem }, { cause });
  const source = await readFile(file, "utf8").catch((error: unknown) => {
    const place = "the path given to launch";
    throw new LauncherError("NOMAD_E_CONFIG_UNREADABLE", { file, place, reason: String(error) }, { cause: error });
  });
  let content: unknown;
  try {
    content = parseYaml(source);
  } catch (error) {
    throw refuse(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error), "its syntax", error);
  }
  const [own, blocks] = splitBlocks(content);
  const result = launchFile.safeParse(own);
  if (!result.success) {
    const [path, problem] = describeIssues(result.error.issues, launchFile);
    throw refuse(problem, path.join(".") || "the file", result.error);
  }
  const request = toRequest(result.data, basename(file).replace(/\.[^.]+$/, ""));
  return Object.keys(blocks).length === 0 ? request : { ...request, blocks };
}

/** What the features know goes to them, and what looks like nothing of ours: a plugin may know it. */
function splitBlocks(content: unknown): readonly [unknown, JsonObject] {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return [content, {}];
  const own = Object.keys(launchFile.shape);
  const known = builtinFeatures.flatMap(({ blocks }) => blocks ?? []);
  const isBlock = (key: string) =>
    known.includes(key) || (!own.includes(key) && nearest(key, [...own, ...known]) === undefined);
  const entries = Object.entries(content as JsonObject);
  return [
    Object.fromEntries(entries.filter(([key]) => !isBlock(key))),
    Object.fromEntries(entries.filter(([key]) => isBlock(key))),
  ];
}

function toRequest(file: LaunchFile, stem: string): LaunchRequest {
  const name = file.name ?? stem;
  const { driver_config: driverConfig, timeout_minutes: minutes, site, driver, image, user, secrets } = file;
  return defined({
    jobId: `${name.replace(/[^\w-]+/g, "-").slice(0, 100)}-${randomBytes(4).toString("hex")}`,
    jobName: name,
    argv: file.command,
    site,
    driver,
    driverConfig,
    image,
    user,
    secrets,
    timeoutSeconds: minutes === undefined ? undefined : minutes * 60,
    resources: toResources(file),
    placement: toPlacement(file),
    env: file.env ?? {},
    secretEnv: file.secret_env ?? {},
    nomadEnv: {},
    meta: file.meta ?? {},
  });
}

function toResources({ cpu, cores, memory, memory_max: memoryMax, disk, gpu }: LaunchFile): LaunchRequest["resources"] {
  return defined({ cpu, cores, memory, memoryMax, disk, gpu: toDevices(gpu) });
}

function toDevices(gpu: LaunchFile["gpu"]): DeviceAsk | undefined {
  if (gpu === undefined) return undefined;
  if (typeof gpu === "number") return { count: gpu };
  if (typeof gpu === "string") {
    const [device = "", count = "1"] = gpu.split(":");
    return { device, count: Number(count) };
  }
  const { count = 1, device, constraints, affinities } = gpu;
  const preferred = affinities?.map(({ weight = 50, ...one }) => ({ ...toConstraint(one), Weight: weight }));
  return defined({ count, device, constraints: constraints?.map(toConstraint), affinities: preferred });
}

function toPlacement(file: LaunchFile): LaunchRequest["placement"] {
  const { region, namespace, datacenters, node_pool: nodePool, priority, constraints } = file;
  return defined({ region, namespace, datacenters, nodePool, priority, constraints: constraints?.map(toConstraint) });
}

function toConstraint(asked: z.infer<typeof constraint>) {
  if ("Operand" in asked) return defined({ ...asked });
  const { attribute, operator = "=", value } = asked as { attribute?: string; operator?: string; value?: string };
  return defined({ LTarget: attribute, RTarget: value, Operand: operator });
}

/** The object without its undefined fields: absent is what "not asked" means everywhere else. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}
