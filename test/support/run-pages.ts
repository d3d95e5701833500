import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { read } from "./markdown.js";

/** One command of a page, and the exit code that it says. */
export interface PageCommand {
  readonly command: string;
  readonly code: number;
}

/** Writes the files of a page (HCL that begins with a comment of its name) into a folder. */
export function writePageFiles(page: string, folder: string): void {
  for (const [, text = "", name = ""] of read(page).matchAll(/^```hcl\n(# (\S+)\n[\s\S]*?)^```$/gm))
    writeFileSync(join(folder, name), text);
}

/** The commands of a page in their order; `# exit code N` stands behind those that do not end with 0. */
export function pageCommands(page: string): PageCommand[] {
  const blocks = [...read(page).matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
  return blocks
    .join("")
    .split("\n")
    .filter((line) => line.includes("metaflow-nomad"))
    .map((line) => {
      const [command = "", code = "0"] = line.split(/\s*# exit code /);
      return { command, code: Number(code) };
    });
}

/** Runs a command of a page as a shell does; `metaflow-nomad` is the bundle. */
export function runShell(command: string, bundle: string, folder: string, env: Readonly<Record<string, string>>) {
  const script = `set -o pipefail; metaflow-nomad() { "${process.execPath}" "${bundle}" "$@"; }; ${command}`;
  const said = spawnSync("bash", ["-c", script], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, ...env },
    encoding: "utf8",
    timeout: 90_000,
  });
  return { code: said.status, out: said.stdout, err: said.stderr };
}
