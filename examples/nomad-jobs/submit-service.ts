import {
  group,
  httpCheck,
  job,
  type JobEnd,
  type JobInput,
  type NomadClient,
  planJob,
  ports,
  runJob,
  service,
  task,
  update,
} from "metaflow-nomad/client";

export interface PythonService {
  readonly name: string;
  readonly image: string;
  readonly count?: number;
  /** MHz. */
  readonly cpu?: number;
  /** MB. */
  readonly memory?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Default "30s". */
  readonly minHealthy?: string;
  readonly canary?: number;
}

/** A Python web service: a port that Nomad chooses, a health check, and one allocation replaced at a time. */
export function pythonService({ name, image, count = 3, cpu = 500, memory = 256, ...rest }: PythonService): JobInput {
  const app = task(
    `${name}-app`,
    "docker",
    { image, ports: ["http"], command: "python", args: ["-m", "http.server", "8000"] },
    { Env: rest.env ?? {}, resources: { cpu, memory } },
  );
  const rolling = { minHealthy: rest.minHealthy ?? "30s", healthyDeadline: "5m", autoRevert: true };
  const web = group(name, [app], {
    Count: count,
    Networks: [ports({ http: 8000 })],
    // Nomad's own registry: Consul's needs `Provider: "consul"`.
    Services: [service(name, "http", { Checks: [httpCheck("/")] })],
    Update: update({ maxParallel: 1, ...rolling, ...(rest.canary !== undefined && { canary: rest.canary }) }),
  });
  return job(name, "service", { TaskGroups: [web] });
}

/** Plans, tells what would change, registers exactly that, and follows the deployment. */
export async function submit(nomad: NomadClient, what: JobInput, onNews: (line: string) => void): Promise<JobEnd> {
  const plan = await planJob(nomad, what);
  for (const line of plan.lines) onNews(line);
  return runJob(nomad, what, { checkIndex: plan.index, onNews });
}
