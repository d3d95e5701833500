import type { LaunchRequest } from "../../src/core/model/launch-request.js";

/**
 * Lets a container live a second longer than its script. Nomad's collector of docker logs loses the output of one that
 * prints and ends at once, for good: of twenty such tasks on a busy machine four had no log (1.11.0).
 */
export function lingering(asked: Partial<LaunchRequest>): Partial<LaunchRequest> {
  const [shell, flag, script = "", ...others] = asked.argv ?? [];
  const own = /\b(trap|exec)\b/.test(script);
  if (asked.driver !== "docker" || shell !== "sh" || flag !== "-c" || own) return asked;
  return { ...asked, argv: [shell, flag, `trap 'sleep 1' EXIT\n${script}`, ...others] };
}
