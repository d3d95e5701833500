import type { Command } from "commander";
import type { AutoscaleCommandOptions } from "./autoscale-command.js";
import type { End } from "./declare-job.js";
import type { StopOptions } from "./stop-command.js";
import type { PlaceOptions } from "./with-client.js";

/** Commands about what runs, and where. */
export function declareCluster(program: Command, end: End): void {
  program
    .command("stop")
    .description("stop what this launcher has running: jobs by their IDs, or by a beginning")
    .argument("[ids...]", "job IDs, or beginnings of them")
    .option("--site <name>", "site to look on")
    .option("--user <name>", "jobs of this user, also where that is somebody else")
    .option("--run <id>", "jobs of one run only")
    .option("-y, --yes", "also other people's jobs that the IDs match")
    .option("--purge", "forget them too")
    .option("--dry-run", "only say what would be stopped")
    .addHelpText(
      "after",
      "\nExamples:\n  metaflow-nomad stop trainflow-1763\n  metaflow-nomad stop --user ada --run 42",
    )
    .action(async (ids: string[], options: StopOptions) =>
      end(import("./stop-command.js").then((m) => m.stopCommand(ids, options))),
    );
  program
    .command("nodes")
    .description("the nodes: state, and what is asked of what they have")
    .option("--site <name>", "site to look on")
    .option("--json", "print one JSON array")
    .action(async (options: PlaceOptions & { json?: boolean }) =>
      end(import("./cluster-command.js").then((m) => m.nodesCommand(options))),
    );
  program
    .command("cluster")
    .description("how many nodes, jobs and allocations are in which state")
    .option("--site <name>", "site to look on")
    .option("--json", "print one JSON object")
    .action(async (options: PlaceOptions & { json?: boolean }) =>
      end(import("./cluster-command.js").then((m) => m.clusterCommand(options))),
    );
  declareAutoscale(program, end);
  program
    .command("completion")
    .description("a script that completes this command in a shell")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText("after", '\nExample:\n  eval "$(metaflow-nomad completion bash)"')
    .action(async (shell: string) =>
      end(import("./completion-command.js").then((m) => m.completionCommand(shell, program))),
    );
}

function declareAutoscale(program: Command, end: End): void {
  program
    .command("autoscale")
    .description("keep the count of a group in step with a queue, until Ctrl-C")
    .argument("<job>")
    .argument("[group]", "default: the only one")
    .requiredOption("--queue <name>", "the queue: of redis, the key of a list, stream or set")
    .option("--url <url>", "where it is; default: METAFLOW_NOMAD_QUEUE_URL, else redis://127.0.0.1:6379")
    .option("--messages-per-worker <number>", "one worker more for each so many messages", "100")
    .option("--min <count>", "default: of the group's scaling block, else 1")
    .option("--max <count>", "default: of the group's scaling block, else 20")
    .option("--interval <duration>", "from look to look", "30s")
    .option(
      "--cooldown <duration>",
      "pause after a scaling; workers are stopped once fewer were wanted for so long",
      "60s",
    )
    .option("--dry-run", "only say what would be done")
    .option("--json", "print each look as a line of JSON")
    .option("--site <name>", "site of the job")
    .option("--namespace <name>", "namespace of the job")
    .action(async (id: string, group: string | undefined, options: AutoscaleCommandOptions) =>
      end(import("./autoscale-command.js").then((m) => m.autoscaleCommand(id, group, options))),
    );
}
