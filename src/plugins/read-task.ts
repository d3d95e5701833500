import {
  blocks,
  type BlockSpec,
  duration,
  flag,
  objectOf,
  readBlock,
  text,
  textMap,
  textOf,
  whole,
} from "../core/blocks/index.js";
import type { FeatureContext } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Job, Task } from "../core/model/job.js";
import type { JsonObject, JsonValue } from "../core/model/json.js";
import { readArtifacts } from "./artifacts.js";
import { environmentOf } from "./environment.js";
import { readTemplates } from "./templates.js";

/** What Nomad gives a task that asks for nothing (nomad/structs/structs.go, `DefaultResources`). */
const usual = { CPU: 100, MemoryMB: 300 };
/** As for the step: an interrupt must not wait for a sidecar. */
const twoSeconds = 2_000_000_000;

const mountSpec: BlockSpec = {
  volume: text("Volume", { required: true }),
  destination: text("Destination", { required: true }),
  read_only: flag("ReadOnly"),
  propagation_mode: text("PropagationMode"),
};

/** Words for what has none of Nomad's: our own keys, and what the driver turns into its `Config`. */
const taskSpec: BlockSpec = {
  name: text("Name"),
  driver: text("Driver"),
  image: text("image"),
  command: { nomad: "command", read: readCommand },
  config: { nomad: "Config", read: objectOf },
  env: { nomad: "Env", read: readEnv },
  cpu: whole("CPU", { least: 1, unit: "MHz" }),
  cores: whole("Cores", { least: 1, unit: "cores" }),
  memory: whole("MemoryMB", { least: 10, unit: "MB" }),
  memory_max: whole("MemoryMaxMB", { least: 10, unit: "MB" }),
  user: text("User"),
  meta: textMap("Meta"),
  kill_timeout: duration("KillTimeout"),
  kill_signal: text("KillSignal"),
  shutdown_delay: duration("ShutdownDelay"),
  templates: { nomad: "Templates", read: (value) => readTemplates(value) as unknown as JsonValue },
  artifacts: { nomad: "Artifacts", read: (value) => readArtifacts(value) },
  volume_mounts: blocks("VolumeMounts", mountSpec),
};

const resourceKeys = ["CPU", "Cores", "MemoryMB", "MemoryMaxMB"] as const;
const plainKeys = ["User", "Meta", "KillSignal", "ShutdownDelay", "Templates", "Artifacts", "VolumeMounts"] as const;

/**
 * Reads one task beside the step's own.
 * @param name - Its name where it has none of its own.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function readTask(value: JsonValue, path: string, name: string, job: Job, context: FeatureContext): Task {
  const read = readBlock(taskSpec, value, path);
  const [main] = job.TaskGroups[0].Tasks;
  const { Driver, Config } = driverOf(read, path, main, context);
  const task: Task = {
    Name: checkName((read["Name"] ?? name) as string, path),
    Driver,
    Config,
    Resources: resourcesOf(read, path),
    KillTimeout: Number(read["KillTimeout"] ?? twoSeconds),
    ...(pick(read, plainKeys) as Partial<Task>),
    ...(main.LogConfig && { LogConfig: main.LogConfig }),
  };
  return { ...task, ...environmentOf(task, (read["Env"] ?? {}) as Record<string, string>) };
}

function driverOf(read: JsonObject, path: string, main: Task, { driverPart }: FeatureContext) {
  const { command, image, Config } = read;
  if (command === undefined && Config === undefined && image === undefined) {
    throw refuse(path, "it says nothing to run", 'Give it a command, e.g. command=["sh", "-c", "…"].');
  }
  return driverPart((read["Driver"] ?? main.Driver) as string, {
    ...(command !== undefined && { argv: command as readonly string[] }),
    ...(image !== undefined && { image: image as string }),
    ...(Config !== undefined && { driverConfig: Config as JsonObject }),
  });
}

function resourcesOf(read: JsonObject, path: string): Task["Resources"] {
  const asked = pick(read, resourceKeys) as Partial<Task["Resources"]>;
  if (asked.CPU !== undefined && asked.Cores !== undefined) {
    throw refuse(path, "it has both cpu and cores", "Give cpu= in MHz, or cores= as whole reserved cores.");
  }
  const { CPU, ...shared } = usual;
  return { ...shared, ...(asked.Cores === undefined && { CPU }), ...asked };
}

function checkName(name: string, path: string): string {
  if (/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) return name;
  throw refuse(path, `${JSON.stringify(name)} is no name for a task`, "Use letters, digits, _, . and -.");
}

function readCommand(value: JsonValue, path: string): JsonValue {
  if (Array.isArray(value) && value.length > 0)
    return value.map((word: JsonValue, index) => wordOf(word, `${path}[${index}]`));
  throw refuse(path, "it is no list of words", 'Write the program and its arguments: ["sh", "-c", "…"].');
}

/** Empty words are words, too. */
const wordOf = (word: JsonValue, path: string): string => (word === "" ? "" : textOf(word, path));

/** Values may be empty here, as anywhere in an environment. */
function readEnv(value: JsonValue, path: string): JsonValue {
  const pairs = Object.entries(objectOf(value, path));
  return Object.fromEntries(pairs.map(([key, item]) => [key, wordOf(item, `${path}.${key}`)]));
}

function pick(from: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])));
}
