import type { DatastoreFetch } from "./submitter.js";

/** What the probe's task is to look at. */
export interface ProbePlan {
  readonly jobId: string;
  /** Interpreters; the first that exists counts. */
  readonly pythons: readonly string[];
  readonly shared?: string | undefined;
  /** `uid:gid` the task becomes before it touches the shared path. */
  readonly becomes?: string | undefined;
  readonly fetch?: DatastoreFetch | undefined;
}

/** Begins each line that is a finding; tabs part its name, status and text. */
export const mark = "metaflow-nomad-doctor";

/** The probe's shell script: it looks, tells, and never fails by itself. */
export function probeScript({ jobId, pythons, shared, becomes, fetch }: ProbePlan): string {
  const parts = [
    `say() { printf '${mark}\\t%s\\t%s\\t%s\\n' "$1" "$2" "$(printf %s "$3" | tr '\\t\\n' '  ')"; }`,
    'say start ok "$(id 2>/dev/null)"',
    ...interpreter(pythons),
    ...(shared === undefined ? [] : sharedPath(`${shared.replace(/\/+$/, "")}/.${jobId}`, shared, becomes)),
    ...(fetch === undefined ? [] : datastore(fetch)),
    "exit 0",
  ];
  return parts.join("\n");
}

function interpreter(pythons: readonly string[]): readonly string[] {
  const told = `'import sys; print("%d.%d" % sys.version_info[:2])'`;
  return [
    `for python in ${pythons.map(quote).join(" ")} ''; do command -v "$python" >/dev/null 2>&1 && break; done`,
    `if [ -z "$python" ]; then say python fail ${quote(pythons.join(" or "))}`,
    `elif version=$("$python" -c ${told} 2>&1); then say python ok "$version"`,
    `else say python broken "$version"; fi`,
  ];
}

/** Written by whom a step would write, and removed again. */
function sharedPath(file: string, path: string, becomes: string | undefined): readonly string[] {
  const write = `[ -d ${quote(path)} ] || { echo absent; exit; }; : >${quote(file)} && rm -f ${quote(file)} && echo written`;
  const how = becomes === undefined ? `sh -c ${quote(write)}` : becoming(becomes, write);
  return [
    `result=$(${how} 2>&1)`,
    `case "$result" in *written) how=written ;; *absent) how=absent ;; *) how=failed ;; esac`,
    `say shared "$how" "$result"`,
  ];
}

function becoming(numbers: string, command: string): string {
  const program =
    "import os, sys; u, g = sys.argv[1].split(':'); os.setgroups([]); os.setgid(int(g)); os.setuid(int(u)); " +
    "os.execvp('sh', ['sh', '-c', sys.argv[2]])";
  return `"$python" -I -S -c ${quote(program)} ${quote(numbers)} ${quote(command)}`;
}

/** As every step does, in a folder of its own; what pip and the client say goes into the finding. */
function datastore({ install, download }: DatastoreFetch): readonly string[] {
  return [
    'cd "${NOMAD_TASK_DIR:-.}" && rm -rf doctor && mkdir doctor && cd doctor',
    "command -v tar >/dev/null 2>&1 || say tools fail tar",
    // Metaflow's commands call it so, whatever its name is on the node.
    'python() { command "$python" "$@"; }',
    `if ! result=$( { ${install}; } 2>&1); then say client fail "$result"`,
    `elif ! result=$( { ${download}; } 2>&1); then say fetch fail "$(printf %s "$result" | tail -n 1)"`,
    `else say fetch ok "$(wc -c <job.tar | tr -d ' ') bytes"; fi`,
  ];
}

/** A word of a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
