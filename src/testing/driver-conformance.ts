import assert from "node:assert/strict";
import type { DriverDiagnosis, TaskDriver } from "../core/contracts/task-driver.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import type { Site } from "../core/model/site.js";
import type { ConformanceCase } from "./conformance-jobs.js";

/** What the driver cases try. */
export interface DriverSubject {
  readonly driver: TaskDriver;
  /** A request the driver accepts. */
  readonly request: LaunchRequest;
  readonly site: Site;
  /** False for a driver that runs no command (a virtual machine, say). Default true. */
  readonly runsCommand?: boolean;
}

/** Arguments a driver must hand on unchanged; the pipeline escapes them afterwards. */
const odd = ["", " ", "a b", "'\"\\", "$X ${X} $${X} %{if}", "line\nline\r\n", "é😀", "--flag=${attr.x}", "#"];

/** Cases that every task driver passes; no Nomad is needed. */
export const driverConformance: readonly ConformanceCase<DriverSubject>[] = [
  { name: "describes itself", run: describesItself },
  { name: "is pure: same request, same config, nothing changed", run: isPure },
  { name: "gives a config that JSON can hold", run: isJson },
  { name: "hands arguments on unchanged, in order", run: handsArgumentsOn },
  { name: "lets driver_config win, and leaves it to Nomad to interpolate", run: letsConfigWin },
  { name: "keeps secrets out of the config", run: keepsSecretsOut },
  { name: "refuses what it lacks, with a coded error", run: refusesWithCode },
  { name: "explains only what it knows", run: explainsOnlyWhatItKnows },
];

async function describesItself({ driver }: DriverSubject): Promise<void> {
  assert.match(driver.name, /^[\w.-]+$/, "the name is Nomad's name of the driver");
  const { image, filesystem, devices, nodeUsers, hostPaths } = driver.capabilities;
  assert.ok(["required", "optional", "none"].includes(image), "capabilities.image");
  assert.ok(["host", "isolated"].includes(filesystem), "capabilities.filesystem");
  for (const flag of [devices, nodeUsers, hostPaths ?? false]) assert.equal(typeof flag, "boolean");
  return Promise.resolve();
}

async function isPure({ driver, request, site }: DriverSubject): Promise<void> {
  const before = structuredClone({ request, site });
  const first = driver.toConfig(request, site);
  assert.deepEqual(driver.toConfig(request, site), first, "two calls differ");
  assert.deepEqual({ request, site }, before, "the request or the site was changed");
  return Promise.resolve();
}

async function isJson({ driver, request, site }: DriverSubject): Promise<void> {
  const config = driver.toConfig(request, site);
  assert.deepEqual(JSON.parse(JSON.stringify(config)), config);
  return Promise.resolve();
}

async function handsArgumentsOn({ driver, request, site, runsCommand = true }: DriverSubject): Promise<void> {
  if (!runsCommand) return;
  const argv = [request.argv[0] ?? "program", ...odd];
  const { literal } = driver.toConfig({ ...request, argv }, site);
  const found = Object.values(literal).some((value) => Array.isArray(value) && endsWith(value, odd));
  assert.ok(found, "no list of the literal config ends with the arguments, each as it was given");
  return Promise.resolve();
}

function endsWith(list: readonly unknown[], end: readonly string[]): boolean {
  return JSON.stringify(list.slice(list.length - end.length)) === JSON.stringify(end);
}

async function letsConfigWin({ driver, request, site }: DriverSubject): Promise<void> {
  const value = "${node.unique.id}";
  const own = driver.toConfig(
    { ...request, driverConfig: { ...request.driverConfig, conformance_probe: value } },
    site,
  );
  assert.equal(own.interpolated?.["conformance_probe"], value, "driver_config belongs into `interpolated`, unchanged");
  const derived = Object.keys(driver.toConfig(request, site).literal)[0];
  if (derived === undefined) return;
  const replaced = driver.toConfig({ ...request, driverConfig: { ...request.driverConfig, [derived]: "mine" } }, site);
  assert.ok(!(derived in replaced.literal), `${derived} of driver_config does not replace what the driver derived`);
  assert.equal(replaced.interpolated?.[derived], "mine");
  return Promise.resolve();
}

async function keepsSecretsOut({ driver, request, site }: DriverSubject): Promise<void> {
  const secret = "conformance-secret-value";
  const config = driver.toConfig({ ...request, secretEnv: { TOKEN: secret } }, site);
  assert.ok(!JSON.stringify(config).includes(secret));
  return Promise.resolve();
}

async function refusesWithCode({ driver, request, site, runsCommand = true }: DriverSubject): Promise<void> {
  const { image: _image, ...bare } = request;
  if (runsCommand) assertRefuses(() => driver.toConfig({ ...request, argv: [] }, site), "nothing to run");
  if (driver.capabilities.image === "required") assertRefuses(() => driver.toConfig(bare, site), "no image");
  return Promise.resolve();
}

function assertRefuses(action: () => unknown, what: string): void {
  assert.throws(
    action,
    (error) => error instanceof LauncherError && error.code.startsWith("NOMAD_E_REQUEST_"),
    `${what}: expected a LauncherError NOMAD_E_REQUEST_*`,
  );
}

async function explainsOnlyWhatItKnows({ driver, request }: DriverSubject): Promise<void> {
  const ended = { Type: "Terminated", Time: 1, ExitCode: 1, DisplayMessage: "Exit Code: 1" };
  assert.equal(driver.explain?.([], request), undefined, "no events, no diagnosis");
  assert.equal(driver.explain?.([ended], request), undefined, "a task's own exit code is the core's to judge");
  const odd = driver.explain?.(
    [{ Type: "Driver Failure", Time: 1, DisplayMessage: "something nobody has seen" }],
    request,
  );
  if (odd !== undefined) assertComplete(odd);
  return Promise.resolve();
}

function assertComplete(diagnosis: DriverDiagnosis): void {
  assert.ok(diagnosis.sentence.length > 0, "a diagnosis has a sentence");
  assert.ok(diagnosis.advice.length > 0, "a diagnosis says what to do");
  assert.equal(typeof diagnosis.retriable, "boolean");
}
