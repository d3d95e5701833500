import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Agent, startAgent } from "../test/support/cluster/index.mjs";

const root = resolve(import.meta.dirname, "..");

/** What a flow said, and how long it took as a whole, in seconds. */
export interface FlowRun {
  readonly seconds: number;
  readonly output: string;
}

/** A real agent, a shared datastore and the extension, for flows to be measured on. */
export class Stage implements AsyncDisposable {
  readonly agent: Agent;
  readonly folder: string;

  private constructor(agent: Agent, folder: string) {
    this.agent = agent;
    this.folder = folder;
  }

  static async open(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "metaflow-nomad-bench-"));
    await chmod(folder, 0o755);
    await mkdir(join(folder, "store"));
    const agent = await startAgent({ quiet: true, cpuTotalCompute: 100_000, memoryTotalMb: 100_000 });
    const python = process.env["METAFLOW_NOMAD_BENCH_PYTHON"] ?? "python3";
    const shared = { path: join(folder, "store") };
    const site = { address: agent.address, driver: "raw_exec", python, shared, defaults: { cpu: 50, memory: 64 } };
    await writeFile(join(folder, "site.json"), JSON.stringify({ defaultSite: "bench", sites: { bench: site } }));
    return new Stage(agent, folder);
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
    await rm(this.folder, { recursive: true, force: true });
  }

  #env(): NodeJS.ProcessEnv {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(METAFLOW|NOMAD)_/.test(name)));
    return {
      ...clean,
      PYTHONPATH: join(root, "python"),
      METAFLOW_NOMAD_CONFIG: join(this.folder, "site.json"),
      METAFLOW_NOMAD_HOST_JS: join(root, "dist/bundle/metaflow-nomad.mjs"),
      METAFLOW_NOMAD_NODE: process.execPath,
      METAFLOW_DATASTORE_SYSROOT_LOCAL: join(this.folder, "store"),
      METAFLOW_HOME: join(this.folder, "home"),
      METAFLOW_USER: "bench",
      // The run's folder lies here: processes are told from other runs' by it.
      TMPDIR: this.folder,
    };
  }
}
