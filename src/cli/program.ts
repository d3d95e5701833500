import { Command, Option } from "commander";
import { declareCluster } from "./declare-cluster.js";
import { declareJob } from "./declare-job.js";
import { addExamples } from "./help-examples.js";
import type { InitOptions } from "./config-init-command.js";
import type { DoctorOptions } from "./doctor-command.js";
import type { ExecOptions } from "./exec-command.js";
import type { LogsOptions } from "./logs-command.js";
import type { LsOptions } from "./ls-command.js";
import type { ShowOptions } from "./show-command.js";
import { version } from "./version.js";

/** Every command and its options; what a command does is loaded when it is called. */
export function createProgram(): Command {
  const program = new Command("metaflow-nomad")
    .description("Runs Metaflow steps, or any task, as Nomad batch jobs")
    .version(version)
    .showHelpAfterError();

  program
    .command("launch")
    .description("run one task from a YAML or JSON file; show its output, end with its exit code")
    .argument("<file>")
    .option("--site <name>", "site to run on")
    .option("--json", "print one JSON event per line")
    .action(async (file: string, options: { json?: boolean; site?: string }) =>
      end(import("./launch-command.js").then((m) => m.launchCommand(file, options))),
    );

  program
    .command("exec")
    .description("run a command inside a running task, e.g. a shell, or to look at what it does")
    .argument("<id>", "ID of a Nomad job, or the beginning of an allocation's")
    .argument("<command...>", "the command, after --")
    .option("--site <name>", "site the job is on")
    .option("--namespace <name>", "namespace of the job")
    .option("--task <name>", "task of the job; default: main, or the only one that runs")
    .option("-t, --tty", "with a terminal; default: where both ends of this one are terminals")
    .option("-T, --no-tty", "without one")
    .action(async (id: string, command: string[], options: ExecOptions) =>
      end(import("./exec-command.js").then((m) => m.execCommand(id, command, options))),
    );

  program
    .command("dev")
    .description("start a local Nomad agent to try things with")
    .option("--port <number>", "HTTP port", "4646")
    .action(async (options: { port: string }) => end(import("./dev-command.js").then((m) => m.devCommand(options))));

  program
    .command("ls")
    .description("what this launcher has running: task, state, node, CPU and memory in use")
    .option("--site <name>", "site to look on")
    .option("--all-sites", "look on every configured site")
    .option("--all", "also jobs that have ended, as long as Nomad has them")
    .option("--user <name>", "jobs of one user only")
    .option("-w, --watch", "look again every 2 seconds, until Ctrl-C")
    .option("--json", "print one JSON array")
    .action(async (options: LsOptions) => end(import("./ls-command.js").then((m) => m.lsCommand(options))));

  program
    .command("show")
    .description("everything about one job: its tasks, events, placement, and how it ended")
    .argument("<id>", "ID of a Nomad job, or the beginning of an allocation's")
    .option("--site <name>", "site the job is on")
    .option("--namespace <name>", "namespace of the job")
    .option("--json", "print one JSON object, in Nomad's own words")
    .action(async (id: string, options: ShowOptions) =>
      end(import("./show-command.js").then((m) => m.showCommand(id, options))),
    );

  program
    .command("logs")
    .description("what a task has printed")
    .argument("<id>", "ID of a Nomad job, or the beginning of an allocation's")
    .option("-f, --follow", "go on until the task has ended")
    .option("--task <name>", "task of the job; default: main, or the only one")
    .addOption(new Option("--only <stream>", "one stream only").choices(["stdout", "stderr"]))
    .option("--site <name>", "site the job is on")
    .option("--namespace <name>", "namespace of the job")
    .action(async (id: string, options: LogsOptions) =>
      end(import("./logs-command.js").then((m) => m.logsCommand(id, options))),
    );

  program
    .command("gc")
    .description("stop and remove what dead runs of this machine and user have left")
    .option("--site <name>", "look on one site only")
    .option("--dry-run", "only say what would be done")
    .action(async (options: { site?: string; dryRun?: boolean }) =>
      end(import("./gc-command.js").then((m) => m.gcCommand(options))),
    );

  program
    .command("doctor")
    .description("check a site: connection, rights, nodes, storage; each line is ok, or says what to do")
    .option("--site <name>", "site to check")
    .option("--probe", "also run one small task, which looks from a node")
    .option("--json", "print one JSON object per line")
    .action(async (options: DoctorOptions) => end(import("./doctor-command.js").then((m) => m.doctorCommand(options))));

  const config = program.command("config").description("the configuration");
  config
    .command("show")
    .description("every value and where it came from; secrets are not shown")
    .option("--site <name>", "one site only")
    .option("--json", "print one JSON object")
    .action(async (options: { site?: string; json?: boolean }) =>
      end(import("./config-show-command.js").then((m) => m.configShowCommand(options))),
    );
  config
    .command("path")
    .description("the config file in use, and where it was looked for")
    .action(async () => end(import("./config-path-command.js").then((m) => m.configPathCommand())));
  config
    .command("schema")
    .description("the JSON schema of a config file, with what the plugins listed here add; for editors")
    .action(async () => end(import("./config-schema-command.js").then((m) => m.configSchemaCommand())));
  config
    .command("init")
    .description("write a site file for the cluster that can be reached")
    .option("--site <name>", "name of the site", "main")
    .option("--out <file>", "file to write, - for standard output", "metaflow-nomad.config.yaml")
    .option("--force", "write over a file that is there")
    .option(
      "--address <url>",
      "address of a Nomad agent; default: METAFLOW_NOMAD_ADDRESS, NOMAD_ADDR, http://127.0.0.1:4646",
    )
    .option("--region <name>", "region of Nomad")
    .option("--namespace <name>", "namespace to look in")
    .option("--ca <file>", "CA certificate (PEM)")
    .option("--cert <file>", "client certificate (PEM)")
    .option("--key <file>", "client key (PEM)")
    .option("--server-name <name>", "name in the server's certificate, e.g. server.global.nomad")
    .option("--token-file <file>", "file that holds the ACL token")
    .action(async (options: InitOptions) =>
      end(import("./config-init-command.js").then((m) => m.configInitCommand(options))),
    );

  const plugins = program.command("plugins").description("what extends the launcher");
  plugins
    .command("list")
    .description("every plugin and what it brings")
    .action(async () => end(import("./plugins-command.js").then((m) => m.pluginsListCommand())));
  plugins
    .command("info")
    .description("what one plugin brings")
    .argument("<name>")
    .action(async (name: string) => end(import("./plugins-command.js").then((m) => m.pluginsInfoCommand(name))));
  plugins
    .command("check")
    .description("load a plugin as a host would, and say what is wrong with it")
    .argument("<plugin>", "path of a module, beginning with . or /, or name of a package")
    .option("--options <json>", "its options")
    .action(async (plugin: string, options: { options?: string }) =>
      end(import("./plugins-command.js").then((m) => m.pluginsCheckCommand(plugin, options))),
    );

  plugins
    .command("add")
    .description("install plugins beside the config file, with the npm that comes along, and check them")
    .argument("<packages...>", "name, tarball or folder of each")
    .action(async (packages: string[]) =>
      end(import("./plugins-add-command.js").then((m) => m.pluginsAddCommand(packages))),
    );

  program
    .command("metrics")
    .description("what the launch host of a run has counted and timed, as OpenMetrics text")
    .argument("[folder]", "the run's temporary folder (mfn-…); default: that of the only run")
    .action(async (folder?: string) => end(import("./metrics-command.js").then((m) => m.metricsCommand(folder))));

  program
    .command("host", { hidden: true })
    .argument("<folder>")
    .action(async (folder: string) => end(import("./host-command.js").then((m) => m.hostCommand(folder))));

  program
    .command("task", { hidden: true })
    .argument("<folder>")
    .argument("<request>")
    .action(async (folder: string, request: string) =>
      end(import("./task-command.js").then((m) => m.taskCommand(folder, request))),
    );

  const jobs = program.command("jobs", { hidden: true });
  jobs.command("list").action(async () => end(import("./jobs-command.js").then((m) => m.jobsCommand("list"))));
  jobs.command("stop").action(async () => end(import("./jobs-command.js").then((m) => m.jobsCommand("stop"))));

  declareJob(program, end);
  declareCluster(program, end);
  addExamples(program);
  return program;
}

async function end(command: Promise<number>): Promise<void> {
  process.exitCode = await command;
}
