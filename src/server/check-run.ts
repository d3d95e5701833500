import type { Host } from "../core/host/host.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import { explainLocalAgent } from "../core/config/local-agent.js";
import { preflight } from "../core/launch/preflight.js";
import { resolveSecrets } from "../core/launch/resolve-secrets.js";
import type { Job } from "../core/model/job.js";
import type { LaunchRequest } from "../core/model/launch-request.js";
import { launcherOf } from "./launcher-of.js";
import type { RunFile } from "./protocol.js";

type Step = RunFile["steps"][number];

/** What a step's task needs to know of its site, for the command that runs it. */
export interface StepFacts {
  readonly site: string;
  readonly address: string;
  readonly driver: string;
  /** Whether the task runs in an image, which brings its own interpreter. */
  readonly image: boolean;
  /** Interpreter of the site's nodes. */
  readonly python: string | null;
  readonly filesystem: "host" | "isolated";
  readonly nodeUsers: boolean;
  /** Whether a task on shared storage starts as root and goes on as the submitter. */
  readonly becomes: boolean;
  readonly sharedPath: string | null;
  /** Time limit of the step's tasks in seconds, whoever set it: the task ends itself some time after it. */
  readonly timeoutSeconds: number;
  readonly warnings: readonly string[];
}

/** Answer to the runtime's hello. */
export type RunAnswer =
  | { readonly ok: true; readonly sites: Readonly<Record<string, StepFacts>> }
  | { readonly ok: false; readonly error: { code: string; message: string; hint: string; step?: string } };

/** Tries a step's job on Nomad, and says what to warn of. */
type Try = (step: Step, job: Job, launcher: SiteLauncher) => Promise<readonly string[]>;

/** Checks every step of a run before any of it is submitted; the first refusal is the answer. */
export function checkRun(run: RunFile, host: Host, signal: AbortSignal): Promise<RunAnswer> {
  const tried = new Map<string, Promise<readonly string[]>>();
  return checkSteps(run, host, ({ caught }, job, launcher) => {
    const { ID: _id, Name: _name, ...shape } = job;
    const key = JSON.stringify([launcher.site.name, shape, caught]);
    const found =
      tried.get(key) ?? preflight(job, launcher, signal, { optional: caught }).then(({ warnings }) => warnings);
    tried.set(key, found);
    return found;
  });
}

/** The same for a run that was checked before, by a host that has died since: nothing is asked of Nomad again. */
export const settled = (run: RunFile, host: Host): Promise<RunAnswer> =>
  checkSteps(run, host, () => Promise.resolve([]));

async function checkSteps(run: RunFile, host: Host, tryJob: Try): Promise<RunAnswer> {
  const sites: Record<string, StepFacts> = {};
  for (const step of run.steps) {
    try {
      sites[step.step] = await checkStep(step, run, host, tryJob);
    } catch (error) {
      return refusal(error, step.step);
    }
  }
  return { ok: true, sites };
}

/** The error as the runtime gets it. */
export function refusal(error: unknown, step?: string): RunAnswer {
  const explained = explainLocalAgent(error);
  const known =
    explained instanceof LauncherError
      ? explained
      : new LauncherError("NOMAD_E_LAUNCH_INTERNAL", { reason: String(error) }, { cause: error });
  const { code, message, hint } = known;
  return { ok: false, error: { code, message, hint, ...(step !== undefined && { step }) } };
}

async function checkStep(step: Step, run: RunFile, host: Host, tryJob: Try) {
  const launcher = launcherOf(step, host);
  const { site } = launcher;
  checkStorage(run, launcher);
  const asked = { ...step.launch, jobId: `${run.flow}-${step.step}-check`, argv: ["true"] } as LaunchRequest;
  const request = await resolveSecrets(asked);
  const { draft, job } = launcher.compose(request);
  const warnings = await tryJob(step, job, launcher);
  const { filesystem, nodeUsers, containerUsers = false } = draft.driver.capabilities;
  const image = draft.request.image !== undefined;
  return {
    site: site.name,
    address: launcher.transport.address,
    driver: draft.driver.name,
    image,
    python: image ? null : (site.python ?? null),
    filesystem,
    nodeUsers,
    // A user the step names itself is the one it keeps.
    becomes: containerUsers && draft.request.user === undefined,
    sharedPath: site.shared?.path ?? null,
    timeoutSeconds: draft.request.timeoutSeconds ?? site.defaults.timeoutMinutes * 60,
    warnings: [...host.warnings, ...warnings.map((warning) => `Step ${step.step}: ${warning}.`)],
  };
}

/** Metaflow's local datastore is a folder: the nodes must see it too. */
function checkStorage({ datastore }: RunFile, { site }: SiteLauncher): void {
  if (datastore.type !== "local") return;
  const shared = site.shared?.path.replace(/\/+$/, "");
  if (shared !== undefined && (datastore.root === shared || datastore.root.startsWith(`${shared}/`))) return;
  throw new LauncherError("NOMAD_E_REQUEST_SHARED", { path: datastore.root, site: site.name });
}
