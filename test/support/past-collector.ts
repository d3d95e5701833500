import type { LaunchRequest } from "../../src/core/model/launch-request.js";

/** Writes to Nomad's own log pipes where the container's user may, as Metaflow's tasks do, and lives a second longer where not. */
const prelude = `trap 'sleep 1' EXIT
logs="$NOMAD_ALLOC_DIR/logs/.$NOMAD_TASK_NAME"
if [ -w "$logs.stdout.fifo" ] && [ -w "$logs.stderr.fifo" ]; then
  trap - EXIT
  exec >>"$logs.stdout.fifo" 2>>"$logs.stderr.fifo"
fi
`;

/**
 * Takes a container's output past Nomad's collector of docker logs, which loses that of a script that prints and ends at
 * once, for good: of twenty such tasks on a busy machine four had no log (1.11.0).
 */
export function pastCollector(asked: Partial<LaunchRequest>): Partial<LaunchRequest> {
  const [shell, flag, script = "", ...others] = asked.argv ?? [];
  const own = /\b(trap|exec)\b/.test(script);
  if (asked.driver !== "docker" || !isShell(shell) || flag !== "-c" || own) return asked;
  return { ...asked, argv: [shell, flag, prelude + script, ...others] };
}

const isShell = (word: string | undefined): word is string => word === "sh" || word === "/bin/sh";
