/** An agent's configuration, as data: what the options say, on top of what every test agent needs. */
import { DEVICE_PLUGIN, obtainDevicePlugin } from "../../../scripts/lib/device-plugin.mjs";
import { FAKE_GPU, obtainFakeGpu } from "../../../scripts/lib/fake-gpu.mjs";
import { chrootEnv } from "./chroot.mjs";

/** These probe the network for a cloud and can hold up, or even stop, the agent's start. */
const NO_CLOUD_PROBES = "env_aws,env_gce,env_azure,env_digitalocean";

/**
 * @typedef {import('./index.mjs').AgentOptions} AgentOptions
 * @typedef {{ dir: string, ports: { http: number, rpc: number, serf: number }, version: string, tls?: import('./index.mjs').TlsFiles }} Place
 * @param {AgentOptions} options @param {Place} place @returns {Promise<Record<string, unknown>>}
 */
export async function agentConfig(options, place) {
  const address = "127.0.0.1";
  return {
    name: `test-${place.ports.http}`,
    data_dir: `${place.dir}/data`,
    bind_addr: address,
    advertise: { http: address, rpc: address, serf: address },
    ports: place.ports,
    region: options.region ?? "global",
    datacenter: options.datacenter ?? "dc1",
    disable_update_check: true,
    log_level: options.logLevel ?? "debug",
    leave_on_terminate: false,
    server: { enabled: true, ...(options.dev === false ? { bootstrap_expect: 1 } : {}), ...options.server },
    client: { ...(await clientConfig(options, place)), ...options.client },
    plugin: pluginConfig(options),
    ...(options.devices ? { plugin_dir: await obtainDevicePlugin(place.version) } : {}),
    ...(options.fakeGpus ? { plugin_dir: await obtainFakeGpu() } : {}),
    ...(options.acl ? { acl: { enabled: true } } : {}),
    ...(place.tls ? { tls: tlsConfig(place.tls) } : {}),
    ...(options.limits ? { limits: options.limits } : {}),
    ...options.config,
  };
}

/** @param {AgentOptions} options @param {Place} place */
async function clientConfig(options, place) {
  const exec = options.exec === true ? {} : options.exec;
  return {
    enabled: true,
    network_interface: "lo",
    options: { "fingerprint.denylist": NO_CLOUD_PROBES, "driver.allowlist": drivers(options).join(",") },
    meta: options.meta ?? {},
    host_volume: hostVolumes(options),
    gc_max_allocs: 1000, // finished allocations stay readable for a whole test run
    gc_disk_usage_threshold: 99, // a build machine's full disk is no reason to collect them either
    gc_inode_usage_threshold: 99,
    cgroup_parent: `nomad-${place.ports.http}`, // agents on one machine must not clean up each other's
    ...(options.nodePool ? { node_pool: options.nodePool } : {}),
    ...(options.nodeClass ? { node_class: options.nodeClass } : {}),
    ...(options.cpuTotalCompute ? { cpu_total_compute: options.cpuTotalCompute } : {}),
    ...(options.memoryTotalMb ? { memory_total_mb: options.memoryTotalMb } : {}),
    ...(exec ? { chroot_env: await chrootEnv(exec) } : {}),
  };
}

/** The drivers this agent offers. @param {AgentOptions} options */
export function drivers(options) {
  const wanted = {
    raw_exec: options.rawExec ?? true,
    exec: options.exec,
    docker: options.docker,
    java: options.java,
    mock_driver: options.mock ?? true,
  };
  return Object.entries(wanted)
    .filter(([, on]) => on)
    .map(([name]) => name);
}

/** @param {AgentOptions} options */
function hostVolumes(options) {
  const volumes = Object.entries(options.hostVolumes ?? {}).map(([name, volume]) => {
    const { path, readOnly = false } = typeof volume === "string" ? { path: volume } : volume;
    return [name, { path, read_only: readOnly }];
  });
  return Object.fromEntries(volumes);
}

/** @param {AgentOptions} options */
function pluginConfig(options) {
  const docker = typeof options.docker === "object" ? options.docker.config : {};
  // Nomad removes an image after its last task; a locally made one could not be pulled again.
  // Agents share one dockerd: none may tidy away containers that are another's.
  const dockerConfig = {
    gc: { image: false, dangling_containers: { enabled: false } },
    volumes: { enabled: true },
    allow_privileged: false,
    ...docker,
  };
  return {
    ...(options.rawExec === false ? {} : { raw_exec: { config: { enabled: true } } }),
    ...(options.docker ? { docker: { config: dockerConfig } } : {}),
    ...(options.devices
      ? { [DEVICE_PLUGIN]: { config: { dir: options.devices.dir, list_period: "1s", unhealthy_perm: "-rwxrwxrwx" } } }
      : {}),
    ...(options.fakeGpus ? { [FAKE_GPU]: { config: {} } } : {}),
  };
}

/** @param {import('./index.mjs').TlsFiles} tls */
function tlsConfig(tls) {
  const files = { ca_file: tls.ca, cert_file: tls.serverCert, key_file: tls.serverKey };
  return { http: true, rpc: true, ...files, verify_server_hostname: true, verify_https_client: true };
}
