import type { Command } from "commander";

/** What is shown below the help of a command: the words after `metaflow-nomad`. */
const examples: Readonly<Record<string, readonly string[]>> = {
  launch: ["launch job.yaml", "launch job.yaml --site lab --json"],
  exec: ["exec TrainFlow-17-work-2-0-1dc4be867a -- ps aux", "exec 7fbcc687 -- sh"],
  dev: ["dev"],
  ls: ["ls --watch", "ls --all --json"],
  show: ["show TrainFlow-17-work-2-0-1dc4be867a"],
  logs: ["logs 7fbcc687 --follow", "logs TrainFlow-17-work-2-0-1dc4be867a --only stderr"],
  gc: ["gc --dry-run"],
  doctor: ["doctor", "doctor --site prod --probe"],
  "config show": ["config show --site prod"],
  "config path": ["config path"],
  "config schema": ["config schema > metaflow-nomad.schema.json"],
  "config init": ["config init --address https://nomad.example.com:4646 --ca ca.pem"],
  "plugins list": ["plugins list"],
  "plugins info": ["plugins info docker"],
  "plugins check": ['plugins check ./my-plugin.mjs --options \'{"team": "ml"}\''],
  "plugins add": ["plugins add acme-nomad-driver"],
  metrics: ["metrics"],
  autoscale: [
    "autoscale worker --queue jobs --messages-per-worker 50 --max 10",
    "autoscale worker --queue jobs --dry-run",
  ],
  nodes: ["nodes"],
  cluster: ["cluster --json"],
};

/** Adds examples to the help of the commands below this one. */
export function addExamples(parent: Command, path = ""): void {
  for (const command of parent.commands) {
    const name = `${path}${command.name()}`;
    const lines = (examples[name] ?? []).map((words) => `  metaflow-nomad ${words}`);
    if (lines.length > 0) command.addHelpText("after", `\n${["Examples:", ...lines].join("\n")}`);
    addExamples(command, `${name} `);
  }
}
