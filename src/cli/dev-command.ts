import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { LauncherError } from "../core/errors/launcher-error.js";
import { refuse } from "../core/errors/refuse.js";
import { say } from "./say.js";
import { untilInterrupted } from "./until-interrupted.js";

const run = promisify(execFile);

/** What a good local agent needs beyond `-dev`. Source: https://developer.hashicorp.com/nomad/docs/configuration */
const agentConfig = (port: number) => ({
  bind_addr: "127.0.0.1",
  disable_update_check: true,
  ports: { http: port, rpc: port + 1, serf: port + 2 },
  // Cloud fingerprinters probe the network for minutes where there is no cloud.
  client: { enabled: true, options: { "fingerprint.denylist": "env_aws,env_gce,env_azure,env_digitalocean" } },
  plugin: [
    { raw_exec: [{ config: [{ enabled: true }] }] },
    { docker: [{ config: [{ volumes: [{ enabled: true }], gc: [{ image: false }] }] }] },
  ],
});

/** `metaflow-nomad dev`: a local agent with raw_exec and docker, and the site to use it with. Ends with Ctrl-C. */
export async function devCommand(options: { readonly port: string }): Promise<number> {
  const port = portOf(options.port);
  await checkNomad();
  const folder = await mkdtemp(join(tmpdir(), "metaflow-nomad-dev-"));
  try {
    await writeFile(join(folder, "agent.json"), JSON.stringify(agentConfig(port)));
    // In a group of its own: the terminal's Ctrl-C and ours together would be two, and the second ends Nomad at once.
    const agent = spawn("nomad", ["agent", "-dev", "-config", join(folder, "agent.json")], {
      stdio: ["ignore", "ignore", "inherit"],
      detached: true,
    });
    const interrupted = untilInterrupted();
    interrupted.addEventListener("abort", () => agent.kill("SIGINT"));
    say(siteText(port));
    const code = await new Promise<number>((resolve) => agent.once("exit", (exitCode) => resolve(exitCode ?? 1)));
    // Nomad calls every interrupt a failure.
    return interrupted.aborted ? 0 : code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The two ports after it are used as well. */
function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= highestPort) return port;
  const problem = `${JSON.stringify(text)} is no port (the two after it are used too)`;
  throw refuse("--port", problem, `Give a whole number from 1 to ${highestPort}, e.g. 4646.`);
}
const highestPort = 65_533;

async function checkNomad(): Promise<void> {
  try {
    await run("nomad", ["version"]);
  } catch (error) {
    const cure = "Install Nomad 1.7.7 or newer (https://developer.hashicorp.com/nomad/install).";
    throw new LauncherError(
      "NOMAD_E_REQUEST_INVALID",
      { field: "nomad", problem: "there is no nomad on PATH", cure },
      { cause: error },
    );
  }
}

function siteText(port: number): string {
  return `A local Nomad is starting at http://127.0.0.1:${port} (its web page is there too). Ctrl-C ends it.

Put this into metaflow-nomad.config.yaml beside your flow:

  defaultSite: dev
  sites:
    dev:
      address: http://127.0.0.1:${port}
      driver: raw_exec
      shared: { path: ${process.cwd()} }

and run it: METAFLOW_DATASTORE_SYSROOT_LOCAL=${process.cwd()} python flow.py run --with nomad
`;
}
