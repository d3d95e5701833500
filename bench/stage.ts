import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Agent, startAgent, startS3 } from "../test/support/cluster/index.mjs";
import { compiledImage } from "./compiled-image.ts";

const root = resolve(import.meta.dirname, "..");

/** What a flow said, and how long it took as a whole, in seconds. */
export interface FlowRun {
  readonly seconds: number;
  readonly output: string;
}

/** What a stage is made for. */
interface Setting {
  readonly agent: Agent;
  readonly folder: string;
  readonly site: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  readonly also?: AsyncDisposable;
}

const pretended = { quiet: true, cpuTotalCompute: 100_000, memoryTotalMb: 100_000 };

/** A real agent, a datastore and the extension, for flows to be measured on. */
export class Stage implements AsyncDisposable {
  readonly agent: Agent;
  readonly folder: string;

  private constructor(private readonly setting: Setting) {
    this.agent = setting.agent;
    this.folder = setting.folder;
  }

  /** raw_exec and a shared datastore. */
  static async open(): Promise<Stage> {
    const folder = await makeFolder();
    await mkdir(join(folder, "store"));
    const agent = await startAgent(pretended);
    const python = process.env["METAFLOW_NOMAD_BENCH_PYTHON"] ?? "python3";
    const shared = { path: join(folder, "store") };
    const site = { driver: "raw_exec", python, shared, defaults: { cpu: 50, memory: 64 } };
    const env = { METAFLOW_DATASTORE_SYSROOT_LOCAL: join(folder, "store") };
    return Stage.#made({ agent, folder, site, env });
  }

  /** Docker, with an image that is there, and S3. */
  static async onDocker(): Promise<Stage> {
    const folder = await makeFolder();
    const agent = await startAgent({ ...pretended, docker: true });
    const s3 = await startS3({ quiet: true });
    const image = compiledImage();
    const drivers = { docker: { network_mode: "host" } };
    const site = { driver: "docker", defaults: { image, cpu: 50, memory: 512 }, drivers };
    const remote = { REMOTE_ADDRESS: agent.address, REMOTE_IMAGE: image };
    // The image has what Metaflow would install at the start of each task.
    const env = { ...s3.env, ...remote, METAFLOW_SKIP_INSTALL_DEPENDENCIES: "1" };
    return Stage.#made({ agent, folder, site, env, also: s3 });
  }

  static async #made(setting: Setting): Promise<Stage> {
    await writeSite(setting);
    return new Stage(setting);
  }

  /** From now on the node keeps code packages. */
  keepPackages(): Promise<void> {
    return writeSite(this.setting, { packageCache: { path: join(this.folder, "packages") } });
  }

  /** Runs a flow of bench/flows; resolves with its wall time in seconds. */
  async run(flow: string, args: readonly string[], watch?: () => void): Promise<number> {
    return (await this.follow(flow, args, watch)).seconds;
  }

  /** Runs a flow of bench/flows; `watch` is called four times a second, with the runtime's process ID. */
  async follow(flow: string, args: readonly string[], watch?: (pid: number) => void): Promise<FlowRun> {
    const started = performance.now();
    const python = process.env["METAFLOW_NOMAD_BENCH_PYTHON"] ?? "python3";
    const file = join(root, "bench/flows", flow);
    const child = spawn(python, [file, "--no-pylint", ...args], {
      cwd: this.folder,
      env: this.#env(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
    const timer = watch === undefined ? undefined : setInterval(() => watch(child.pid ?? 0), 250);
    const code = await new Promise((done) => child.once("close", done));
    clearInterval(timer);
    if (code !== 0) throw new Error(`${flow} ${args.join(" ")} ended with ${String(code)}:\n${output.slice(-3000)}`);
    return { seconds: (performance.now() - started) / 1000, output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.stop();
    await this.setting.also?.[Symbol.asyncDispose]();
    // ext4 passes over the places of removed files for minutes, at each new one: what is measured next would pay for it.
    if (process.env["METAFLOW_NOMAD_BENCH_KEEP"] === undefined) await rm(this.folder, { recursive: true, force: true });
  }

  #env(): NodeJS.ProcessEnv {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(METAFLOW|NOMAD)_/.test(name)));
    return {
      ...clean,
      PYTHONPATH: join(root, "python"),
      METAFLOW_NOMAD_CONFIG: join(this.folder, "site.json"),
      METAFLOW_NOMAD_HOST_JS: join(root, "dist/bundle/metaflow-nomad.mjs"),
      METAFLOW_NOMAD_NODE: process.execPath,
      ...this.setting.env,
      METAFLOW_HOME: join(this.folder, "home"),
      METAFLOW_USER: "bench",
      // The run's folder lies here: processes are told from other runs' by it.
      TMPDIR: this.folder,
    };
  }
}

async function writeSite(
  { agent, folder, site }: Setting,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const sites = { bench: { address: agent.address, ...site, ...more } };
  await writeFile(join(folder, "site.json"), JSON.stringify({ defaultSite: "bench", sites }));
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "metaflow-nomad-bench-"));
  await chmod(folder, 0o755);
  return folder;
}
