import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Agent, startAgent } from "../test/support/cluster/index.mjs";
import { type Figure, figure } from "./figures.ts";

const root = join(import.meta.dirname, "..");
const bundle = join(root, "dist/bundle/metaflow-nomad.mjs");
const [tries, many] = [15, 5_000];
const mark = { metaflow_nomad_request: "bench", "metaflow.user": "bench", "metaflow.flow_name": "Bench" };
/** Says at the end how much memory the process took at most, in KB. */
const tellMemory = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\npeak "+process.resourceUsage().maxRSS+"\\n"))`;

interface Start {
  /** To the end, or to the first line where that is what is waited for. */
  readonly ms: number;
  readonly peakMb: number;
}

/** How long commands take from nothing, beside Nomad's own: the least of many tries, as the machine's other work is not theirs. */
export async function start(): Promise<Figure[]> {
  await using agent = await startAgent({ quiet: true, logLevel: "error" });
  await once(spawn(process.execPath, [bundle, "--help"]), "exit"); // Node's cache of compiled code
  const [help, theirHelp] = [await least(agent, ["--help"]), await least(agent, ["--help"], { nomad: true })];
  await register(agent, "bench-running", ["sh", "-c", "while :; do echo a line; sleep 1; done"]);
  await untilRunning(agent, "bench-running");
  const [ls, theirLs] = [await least(agent, ["ls"]), await least(agent, ["status"], { nomad: true })];
  const followed = ["logs", "--follow", "bench-running"];
  const theirFollowed = ["alloc", "logs", "-f", "-job", "bench-running"];
  const logs = await least(agent, followed, { firstLine: true });
  const theirLogs = await least(agent, theirFollowed, { firstLine: true, nomad: true });
  for (let n = 0; n < many; n += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, at) => register(agent, `bench-${String(n + at)}`, ["true"], true)),
    );
  const crowd = await least(agent, ["ls"], { times: 5 });
  return [
    figure("metaflow-nomad --help", "ms", help.ms, "goal", 120, 1),
    figure("metaflow-nomad --help", "ms", help.ms, "nomad --help", theirHelp.ms, 4),
    figure("ls of one task", "ms", ls.ms, "goal", 250, 1),
    figure("ls of one task", "ms", ls.ms, "nomad status", theirLs.ms, 6),
    figure("first line of logs --follow", "ms", logs.ms, "goal", 400, 1),
    figure("first line of logs --follow", "ms", logs.ms, "nomad alloc logs -f", theirLogs.ms, 6),
    figure("ls of 5,001 jobs", "ms", crowd.ms, "goal", 1_000, 1),
    figure("memory of ls of 5,001 jobs", "MB", crowd.peakMb, "goal", 150, 1),
  ];
}

interface How {
  readonly nomad?: boolean;
  readonly firstLine?: boolean;
  readonly times?: number;
}

async function least(agent: Agent, words: readonly string[], { times = tries, ...how }: How = {}): Promise<Start> {
  const found: Start[] = [];
  for (let n = 0; n < times; n += 1) found.push(await one(agent, words, how));
  return { ms: Math.min(...found.map(({ ms }) => ms)), peakMb: Math.min(...found.map(({ peakMb }) => peakMb)) };
}

async function one(agent: Agent, words: readonly string[], { nomad = false, firstLine = false }: How): Promise<Start> {
  const [file, before] = nomad ? [agent.nomadBinary, []] : [process.execPath, ["--import", tellMemory, bundle]];
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], ...agent.env };
  const begun = performance.now();
  const child = spawn(file, [...before, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [told, out] = ["", ""];
  child.stderr.on("data", (text) => (told += String(text)));
  const exit = once(child, "exit");
  const line = once(child.stdout, "data");
  child.stdout.on("data", (text) => (out += String(text)));
  await (firstLine ? line : exit);
  const ms = performance.now() - begun;
  child.kill(); // no harm to one that has ended
  await exit;
  if (out === "") throw new Error(`${words.join(" ")} printed nothing: ${told}`);
  return { ms, peakMb: Number(/^peak (\d+)$/m.exec(told)?.[1] ?? 0) / 1024 };
}

/** @param nowhere asks for a node that there is none of: it waits. */
async function register(
  agent: Agent,
  ID: string,
  [command, ...args]: readonly string[],
  nowhere = false,
): Promise<void> {
  const task = { Name: "main", Driver: "raw_exec", Config: { command, args }, Resources: { CPU: 20, MemoryMB: 16 } };
  const Constraints = nowhere ? [{ LTarget: "${node.datacenter}", RTarget: "nowhere", Operand: "=" }] : [];
  const Job = {
    ID,
    Type: "batch",
    Datacenters: ["*"],
    Meta: mark,
    Constraints,
    TaskGroups: [{ Name: "g", Tasks: [task] }],
  };
  await agent.api("/v1/jobs", { method: "PUT", body: { Job } });
}

async function untilRunning(agent: Agent, id: string): Promise<void> {
  const states = async () => (await agent.api(`/v1/job/${id}/allocations`)) as { readonly ClientStatus: string }[];
  while (!(await states()).some(({ ClientStatus }) => ClientStatus === "running"))
    await new Promise((resolve) => setTimeout(resolve, 100));
}
