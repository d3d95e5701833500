import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliBundle, bundleCli } from "../../support/cli.js";
import { type Agent, startAgent } from "../../support/cluster/index.mjs";
import { eventually } from "../../support/eventually.js";

const onTerminal = resolve(import.meta.dirname, "../../support/on-terminal.py");
type Action = readonly ["expect" | "send", string] | readonly ["resize", number, number] | readonly ["kill", number];
interface Session {
  readonly code: number;
  readonly shown: string;
  readonly restored: boolean;
}

describe("metaflow-nomad exec", () => {
  let agent: Agent;
  let cli: CliBundle;
  let env: NodeJS.ProcessEnv;
  let allocations: Record<string, string>;

  beforeAll(async () => {
    [agent, cli] = await Promise.all([startAgent({ quiet: true, tls: true }), bundleCli()]);
    const rest = Object.entries(process.env).filter(([name]) => !/^(METAFLOW_)?NOMAD_/.test(name));
    env = { ...Object.fromEntries(rest), ...agent.env, XDG_CONFIG_HOME: agent.dir };
    allocations = { two: await start("two", ["left", "right"]), other: await start("other", ["web"]) };
  });
  afterAll(async () => {
    cli[Symbol.dispose]();
    await agent.stop();
  });

  /** A job that is not ours, with sleeping tasks; returns its allocation's ID. */
  async function start(ID: string, tasks: readonly string[]): Promise<string> {
    const Tasks = tasks.map((Name) => ({
      Name,
      Driver: "raw_exec",
      Config: { command: "sleep", args: ["600"] },
      Resources: { CPU: 20, MemoryMB: 20 },
    }));
    const Job = { ID, Name: ID, Type: "batch", Datacenters: ["*"], TaskGroups: [{ Name: "g", Tasks }] };
    await agent.api("/v1/jobs", { method: "POST", body: { Job } });
    return eventually(async () => {
      const [found] = await agent.api(`/v1/job/${ID}/allocations`);
      const states = Object.values((found?.TaskStates ?? {}) as Record<string, { State: string }>);
      expect(states.filter(({ State }) => State === "running")).toHaveLength(tasks.length);
      return String(found.ID);
    });
  }

  const argv = (...words: string[]) => [process.execPath, cli.file, "exec", ...words];
  const run = (...words: string[]) => {
    const child = spawn(process.execPath, argv(...words).slice(1), { env, cwd: agent.dir });
    if (words[0] !== "-t" && !words.includes("wc")) child.stdin.end();
    return {
      child,
      out: text(child.stdout),
      err: text(child.stderr),
      code: once(child, "exit").then(([code]) => code as number),
    };
  };

  /** The same at a terminal of 30 rows and 100 columns. */
  async function atTerminal(actions: readonly Action[], ...words: string[]): Promise<Session> {
    const args = [onTerminal, JSON.stringify(actions), ...argv(...words)];
    const { stdout } = await promisify(execFile)("python3", args, { env, cwd: agent.dir });
    return JSON.parse(stdout) as Session;
  }

  it("gives the command this terminal: its size, its changes, Ctrl-C, and the exit code", async () => {
    // The command begins before Nomad has its terminal's size.
    const script = `trap 'hit=yes; echo interrupted' INT
      until [ "$(stty size)" = "30 100" ]; do sleep 0.1; done; echo ready; until [ -n "$hit" ]; do sleep 0.1; done
      until [ "$(stty size)" = "41 120" ]; do sleep 0.1; done; echo resized; read -r word; echo "got $word"; exit 7`;
    const session = await atTerminal(
      [
        ["expect", "ready"],
        ["send", "\x03"],
        ["expect", "interrupted"],
        ["resize", 41, 120],
        ["expect", "resized"],
        ["send", "é\r"],
        ["expect", "got é"],
      ],
      ...["other", "--", "sh", "-c", script],
    );
    expect([session.code, session.restored]).toEqual([7, true]);
  });

  it.each<[string, readonly Action[], number]>([
    ["~. is typed", [["send", "x\r~."]], 255],
    ["it is terminated", [["kill", 15]], 1],
    ["the allocation is stopped", [["send", "kill -9 $$\r"]], 137],
  ])("restores the terminal when %s", async (_name, actions, code) => {
    const session = await atTerminal(
      [["expect", "ready"], ...actions],
      "other",
      "--",
      "sh",
      "-c",
      "echo ready; exec sh",
    );
    expect([session.code, session.restored]).toEqual([code, true]);
  });

  it("gives no terminal where none is wanted, and one where one is", async () => {
    const at = await atTerminal([["expect", "none"]], "-T", "other", "--", "sh", "-c", "test -t 0 || echo none");
    expect(at.code).toBe(0);
    const forced = run("-t", "other", "--", "sh", "-c", "test -t 1 && cat");
    forced.child.stdin.end("one\n");
    expect(await forced.out).toContain("one\r\n");
    expect(await forced.code).toBe(0);
  });

  it("passes on 5 MB of input, no faster than they are read", async () => {
    const piped = run("other", "--", "wc", "-c");
    piped.child.stdin.end(Buffer.alloc(5_000_000, "x"));
    expect((await piped.out).trim()).toBe("5000000");
    expect(await piped.code).toBe(0);
  });

  it("says of a command that is not there that it is not, and exits as a shell does", async () => {
    const missing = run("other", "--", "nosuchcmd");
    expect(await missing.err).toContain("Task web cannot run the command nosuchcmd: executable file not found.");
    expect(await missing.code).toBe(127);
  });

  it("takes the beginning of an allocation's ID, and the task that is meant", async () => {
    const { two = "", other = "" } = allocations;
    // An odd number of digits: Nomad itself takes whole bytes only.
    for (const id of [other, other.slice(0, 8), other.slice(0, 12)]) {
      expect(await run(id, "--", "sh", "-c", "echo $NOMAD_TASK_NAME").out, id).toBe("web\n");
    }
    expect(await run("--task", "right", two.slice(0, 8), "--", "sh", "-c", "echo $NOMAD_TASK_NAME").out).toBe(
      "right\n",
    );
    expect(await run("two", "--", "true").err).toContain(
      "job two: which of several tasks is not said. Name one of these with --task: left, right.",
    );
    expect(await run("nothing", "--", "true").err).toContain("no allocation of a job nothing");
    const wrong = run("--task", "third", "two", "--", "true");
    expect([await wrong.code, await wrong.err]).toEqual([1, expect.stringContaining("no task third of it runs")]);
  });

  it("says of what has ended that it has", async () => {
    const id = await start("gone", ["web"]);
    await agent.api("/v1/job/gone", { method: "DELETE" });
    await eventually(async () => {
      const message = `gone has no running task; its newest allocation ${id.slice(0, 8)} is complete. \`metaflow-nomad show\``;
      return (await run("gone", "--", "true").err).includes(message) || undefined;
    });
  });
});
