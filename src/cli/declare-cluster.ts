import type { Command } from "commander";
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
  program
    .command("completion")
    .description("a script that completes this command in a shell")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText("after", '\nExample:\n  eval "$(metaflow-nomad completion bash)"')
    .action(async (shell: string) =>
      end(import("./completion-command.js").then((m) => m.completionCommand(shell, program))),
    );
}
