import { nearest } from "../core/errors/nearest.js";
import { refuse } from "../core/errors/refuse.js";
import type { JsonObject } from "../core/model/json.js";

/**
 * What a task's `config` may hold, by driver: the union over Nomad 1.7.7 to 1.11.0. A test compares it with the drivers' own hclspec.
 * Source: https://github.com/hashicorp/nomad/tree/v1.11.0/drivers
 */
export const knownOptions: Readonly<Record<string, readonly string[]>> = {
  docker: [
    "advertise_ipv6_address",
    "args",
    "auth",
    "auth_soft_fail",
    "cap_add",
    "cap_drop",
    "cgroupns",
    "command",
    "container_exists_attempts",
    "cpu_cfs_period",
    "cpu_hard_limit",
    "cpuset_cpus",
    "devices",
    "dns_options",
    "dns_search_domains",
    "dns_servers",
    "entrypoint",
    "extra_hosts",
    "force_pull",
    "group_add",
    "healthchecks",
    "hostname",
    "image",
    "image_pull_timeout",
    "init",
    "interactive",
    "ipc_mode",
    "ipv4_address",
    "ipv6_address",
    "isolation",
    "labels",
    "load",
    "logging",
    "mac_address",
    "memory_hard_limit",
    "mount",
    "mounts",
    "network_aliases",
    "network_mode",
    "oom_score_adj",
    "pid_mode",
    "pids_limit",
    "port_map",
    "ports",
    "privileged",
    "readonly_rootfs",
    "runtime",
    "security_opt",
    "shm_size",
    "storage_opt",
    "sysctl",
    "tty",
    "ulimit",
    "userns_mode",
    "uts_mode",
    "volume_driver",
    "volumes",
    "work_dir",
  ],
  exec: ["args", "cap_add", "cap_drop", "command", "ipc_mode", "pid_mode", "work_dir"],
  raw_exec: [
    "args",
    "cgroup_v1_override",
    "cgroup_v2_override",
    "command",
    "denied_envvars",
    "oom_score_adj",
    "work_dir",
  ],
  java: [
    "args",
    "cap_add",
    "cap_drop",
    "class",
    "class_path",
    "ipc_mode",
    "jar_path",
    "jvm_options",
    "pid_mode",
    "work_dir",
  ],
};

/** Letters that may differ for an unknown option to count as a known one that was mistyped. */
const mostLetters = 2;

/**
 * Refuses an option that looks like a known one mistyped: Nomad itself says so on the node only, when the task fails. Any other
 * unknown one is passed on, for a newer Nomad may know it.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`, with the nearest known option.
 */
export function checkOptions(driver: string, written: JsonObject): void {
  const known = knownOptions[driver] ?? [];
  for (const key of Object.keys(written)) {
    const like = known.includes(key) ? undefined : nearest(key, known);
    if (like === undefined || Math.abs(like.length - key.length) > mostLetters) continue;
    throw refuse(`driver_config.${key}`, `the ${driver} driver has no such option`, `Did you mean ${like}?`);
  }
}
