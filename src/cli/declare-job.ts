import type { Command } from "commander";
import type { JobFileOptions, JobRunOptions } from "./job/job-command.js";
import type { JobDispatchOptions } from "./job/job-dispatch-command.js";
import type { PromoteCommandOptions } from "./job/job-change-command.js";
import type { PlaceOptions } from "./with-client.js";

/** Ends the process with a command's code. */
export type End = (command: Promise<number>) => Promise<void>;

const also = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];
const changes = () => import("./job/job-change-command.js");
const files = () => import("./job/job-command.js");

/** `metaflow-nomad job …` */
export function declareJob(program: Command, end: End): void {
  const job = program.command("job").description("plan, run and change Nomad jobs of any kind");
  const sub = (name: string, description: string, example: string) =>
    job
      .command(name)
      .description(description)
      .option("--site <name>", "site to go to")
      .option("--namespace <name>", "namespace of the job")
      .addHelpText("after", `\nExample:\n  metaflow-nomad job ${example}`);
  declareFiles(sub, end);
  declareDispatch(sub, end);
  declareDeployments(sub, end);
  declareVersions(sub, end);
}

/** Federated regions; those that the job's `multiregion` names need not be named again. */
const regionsOption = ["--regions <a,b>", "in these federated regions"] as const;
const overRegions = (command: Command) =>
  command
    .option(...regionsOption)
    .option("--max-parallel <number>", "regions at a time")
    .option(
      "--on-failure <what>",
      "fail_local: go on elsewhere; fail_all: fail the others too; default: begin no more",
    );

type Sub = (name: string, description: string, example: string) => Command;
type Detachable = PlaceOptions & { readonly detach?: boolean };

function declareFiles(sub: Sub, end: End): void {
  const ofFile = (command: Command) =>
    command
      .argument("<file>", "job in HCL, .json or .yaml; - for HCL on standard input")
      .option("--var <name=value>", "a variable of the HCL; may be repeated", also)
      .option("--var-file <file>", "a file of variables; may be repeated", also);
  ofFile(
    sub("plan", "what running a job would change; exit code 1 where something, 255 on errors", "plan web.nomad.hcl"),
  )
    .option(...regionsOption)
    .option("--json", "print Nomad's reply")
    .action(async (file: string, options: JobFileOptions) => end(files().then((m) => m.jobPlanCommand(file, options))));
  overRegions(
    ofFile(sub("run", "register a job and follow it; --site a,b for several", "run --check-index 0 web.nomad.hcl")),
  )
    .option("--check-index <number>", "only where the job has this index; 0: only where there is none")
    .option("--preserve-counts", "keep the counts that scaling has set")
    .option("--detach", "do not follow it")
    .action(async (file: string, options: JobRunOptions) => end(files().then((m) => m.jobRunCommand(file, options))));
}

function declareDispatch(sub: Sub, end: End): void {
  sub("dispatch", "start a run of a parameterized job; ends with its exit code", "dispatch --meta date=2026-03-28 etl")
    .argument("<job>")
    .argument("[payload]", "file of at most 16 KiB, - for standard input")
    .option("--meta <name=value>", "may be repeated", also)
    .option("--idempotency-token <text>", "a second dispatch with it gives the first one's child")
    .option("--id-prefix <text>", "in the child's ID")
    .option("--detach", "do not follow it")
    .action(async (id: string, payload: string | undefined, options: JobDispatchOptions) =>
      end(import("./job/job-dispatch-command.js").then((m) => m.jobDispatchCommand(id, payload, options))),
    );
}

function declareDeployments(sub: Sub, end: End): void {
  overRegions(sub("promote", "promote the canaries of a job", "promote --watch --healthy-for 30s --timeout 5m web"))
    .argument("<job>")
    .option("--group <name>", "this group only; may be repeated", also)
    .option("--watch", "wait for healthy canaries, promote, follow the deployment to its end")
    .option("--healthy-for <duration>", "how long they are to have been healthy", "0s")
    .option("--timeout <duration>", "how long to wait for that", "5m")
    .action(async (id: string, options: PromoteCommandOptions) =>
      end(changes().then((m) => m.jobPromoteCommand(id, options))),
    );
  sub("fail", "end the deployment of a job as failed", "fail web")
    .argument("<job>")
    .action(async (id: string, options: PlaceOptions) => end(changes().then((m) => m.jobFailCommand(id, options))));
  sub("scale", "set how many of a group are to run", "scale web 3")
    .argument("<job>")
    .argument("<group-and-count...>", "[group] count")
    .option("--message <text>", "why; kept in the scaling event")
    .option("--detach", "do not follow it")
    .action(async (id: string, words: string[], options: Detachable) =>
      end(changes().then((m) => m.jobScaleCommand(id, words, options))),
    );
}

function declareVersions(sub: Sub, end: End): void {
  sub("revert", "register an earlier version again; default: the last stable one", "revert web 2")
    .argument("<job>")
    .argument("[version]")
    .option("--detach", "do not follow it")
    .action(async (id: string, version: string | undefined, options: Detachable) =>
      end(changes().then((m) => m.jobRevertCommand(id, version, options))),
    );
  sub("stop", "stop a job, by its whole ID", "stop web")
    .argument("<job>")
    .option("--purge", "forget it too")
    .option(...regionsOption)
    .action(async (id: string, options: PlaceOptions & { purge?: boolean; regions?: string }) =>
      end(changes().then((m) => m.jobStopCommand(id, options))),
    );
  sub("history", "the versions of a job, and what each changed", "history web")
    .argument("<job>")
    .option("--json", "print one JSON array")
    .action(async (id: string, options: PlaceOptions & { json?: boolean }) =>
      end(changes().then((m) => m.jobHistoryCommand(id, options))),
    );
}
