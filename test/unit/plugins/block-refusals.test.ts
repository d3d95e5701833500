import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/model/json.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import { builtinFeatures } from "../../../src/plugins/builtin.js";
import { featureContext } from "../../support/builders.js";
import { composeJob } from "../../support/compose.js";

const docker = { driver: "docker", image: "python:3.12" };
const exec = { driver: "exec" };
const csi = { type: "csi", destination: "/d" };

/** Each refusal names the thing and the cure, before Nomad is asked. */
describe("blocks that cannot be", () => {
  it.each<[JsonObject, string, string, Partial<LaunchRequest>?]>([
    [{ affinities: [{ attribute: "${node.class}", value: "a", weight: 0 }] }, "affinities[0].weight: 0", "-1 to -100"],
    [{ affinities: { attribute: "${node.class}", value: "a", weight: 101 } }, "affinities.weight: 101", "-100 to 100"],
    [{ affinities: { attribute: "${node.class}", value: "a", operator: "is_set" } }, '"is_set"', "set_contains"],
    [{ affinities: { attribute: "class", value: "a" } }, '"class" is a plain word', "${class}"],
    [{ affinities: { attribute: "${nod.class}", value: "a" } }, "${nod.class}", "${node.class}"],
    [{ affinities: { attribute: "${node.class}" } }, "affinities: value is missing", "attribute, operator, value"],
    [{ spreads: { atribute: "${node.class}" } }, 'no key "atribute"', "Did you mean attribute?"],
    [{ spreads: { attribute: "${node.x}" } }, "spreads[0]: Nomad knows no ${node.x}", "${node.class}"],
    [{ spreads: { attribute: "${node.class}", weight: 0 } }, "spreads[0].weight: 0", "1 to 100"],
    [{ spreads: [{ attribute: "${node.datacenter}", targets: { a: 70, b: 40 } }] }, "add up to 110", "100 at most"],
    [{ spreads: { attribute: "${node.datacenter}", targets: { a: 101 } } }, "spreads[0].targets.a: 101", "0 to 100"],
    [{ volumes: ["data:/data"] }, "volumes: ", "names and values", exec],
    [{ volumes: { data: "data" } }, 'volumes.data: "data" is no volume', "name:/where", exec],
    [{ volumes: { data: "a:b:c:d" } }, "is no volume", ":ro", exec],
    [{ volumes: { data: {} } }, "volumes.data: destination is missing", "source", exec],
    [{ volumes: { data: { destination: "data" } } }, "data is no absolute path", "/data", exec],
    [{ volumes: { data: { destination: "/a/../b" } } }, "/a/../b is no absolute path", "", exec],
    [{ volumes: { a: "/d", b: "/d" } }, "volumes.b: /d is where a is mounted", "of its own", exec],
    [{ volumes: { data: { destination: "/d", red_only: true } } }, 'no key "red_only"', "read_only", exec],
    [{ volumes: { data: { destination: "/d", type: "nfs" } } }, '"nfs"', "host, csi, docker", exec],
    [{ volumes: { data: csi } }, "volumes.data: a csi volume needs access_mode", "multi-node-multi-writer", exec],
    [{ volumes: { d: { ...csi, access_mode: "single-node-multi-writer" } } }, "no mode single-node-multi", "Use", exec],
    [{ volumes: { d: { ...csi, access_mode: "multi-node-reader-only" } } }, "is for reading only", "read_only", exec],
    [
      { volumes: { d: { ...csi, access_mode: "single-node-writer", sticky: true } } },
      "volumes.d.sticky: a csi",
      "",
      exec,
    ],
    [{ volumes: { d: { destination: "/d", mount_options: {} } } }, "volumes.d.mount_options: a host", "type", exec],
    [{ volumes: { d: { type: "docker", destination: "/d", sticky: true } } }, "volumes.d.sticky: a docker", "", docker],
    [{ volumes: { d: "/d" } }, "volumes.d: raw_exec mounts no volumes", "docker or exec", { driver: "raw_exec" }],
    [{ volumes: { d: { type: "docker", destination: "/d" } } }, "volumes.d: type docker needs", "host or csi", exec],
    [{ artifacts: [{ url: "x" }] }, 'artifacts[0]: there is no key "url"', "source"],
    [{ artifacts: [{ destination: "local" }] }, "artifacts[0]: source is missing", ""],
    [{ artifacts: { source: "x", mode: "tar" } }, 'artifacts[0].mode: "tar"', "any, file, dir"],
    [{ templates: [{ destination: "local/a" }] }, "templates[0]: there is nothing to render", "data="],
    [{ templates: [{ data: "x", source: "y", destination: "z" }] }, "two things to render", "one of the two"],
    [{ templates: [{ data: "x" }] }, "templates[0].destination: it is missing", "local/app.conf"],
    [{ templates: [{ data: "x", destination: "secrets/metaflow-nomad.env" }] }, "the launcher's own", "another"],
    [{ templates: [{ data: "x", destination: "a", perms: "rw" }] }, 'templates[0].perms: "rw"', '"0600"'],
    [{ templates: [{ data: "x", destination: "a", wait: { min: "soon" } }] }, "templates[0].wait.min", "90s"],
    [{ logs: { disabled: true } }, "logs.disabled: the output", "Leave it out"],
    [{ logs: { max_files: 0 } }, "logs.max_files: 0", "at least 1"],
    [{ logs: { max_files: 30 } }, "30 files of 10 MB are 300 MB, and the ephemeral disk has 300 MB", "disk=301"],
    [
      { logs: { max_file_size: 10 } },
      "4 files of 10 MB are 40 MB, and the ephemeral disk has 40 MB",
      "disk=41",
      { resources: { disk: 40 } },
    ],
    [{ shared_memory: 0 }, "shared_memory: 0", "MB", docker],
    [{ shared_memory: 64 }, "only the driver docker takes it, and this is exec", "driver docker", exec],
    [
      { shared_memory: 64 },
      "driver_config.shm_size says it too",
      "one of the two",
      { ...docker, driverConfig: { shm_size: 1 } },
    ],
    [{ restart: { attempt: 2 } }, 'restart: there is no key "attempt"', "Did you mean attempts?"],
    [{ restart: { interval: "1s" } }, "restart.interval", "5s or longer"],
    [{ restart: { mode: "retry" } }, "restart.mode", "fail, delay"],
    [{ reschedule: { delay: "1s" } }, "reschedule.delay", "5s or longer"],
    [{ reschedule: { attempts: 2, unlimited: true } }, "reschedule: attempts and unlimited", "one of the two"],
    [{ disconnect: { lost_after: "1m", stop_on_client_after: "1m" } }, "lost_after or stop_on_client_after", "one of"],
    [{ disconnect: { stop_on_client_after: "1m" } }, "disconnect.stop_on_client_after", "replace=true"],
    [{ disconnect: { reconcile: "newest" } }, "disconnect.reconcile", "keep_original"],
    [{ max_run_duration: "0s" }, "max_run_duration: 0", "leave it out"],
    [{ max_run_duration: "soon" }, "max_run_duration", "90s"],
  ])("%j", (blocks, problem, cure, over = {}) => {
    expect(() => composeJob({ blocks, ...over })).toThrow(
      expect.objectContaining({
        code: "NOMAD_E_REQUEST_INVALID",
        message: expect.stringContaining(problem) as string,
        hint: expect.stringContaining(cure) as string,
      }),
    );
  });

  it.each<[JsonObject, string]>([
    [{ data: "/mnt/m" }, "volumes.data: /mnt/m is where the site's shared storage is mounted"],
    [{ shared: "/data" }, "volumes.shared: the site's shared storage has this name"],
  ])("volumes that meet the site's shared storage: %j", (volumes, problem) => {
    const shared = { path: "/mnt/m/", volume: "m" };
    expect(() => composeJob({ ...exec, sharedPath: "/mnt/m", blocks: { volumes } }, { shared })).toThrow(problem);
  });
});

describe("logs", () => {
  it("keep what the disk gave them where only one number is said", () => {
    const job = composeJob({ resources: { disk: 50 }, blocks: { logs: { max_files: 2 } } });
    expect(job.TaskGroups[0].Tasks[0].LogConfig).toEqual({ MaxFiles: 2, MaxFileSizeMB: 6 });
  });
});

it.each([
  "affinities",
  "spreads",
  "volumes",
  "artifacts",
  "templates",
  "logs",
  "shared-memory",
  "restart",
  "reschedule",
  "disconnect",
  "max-run-duration",
])("%s leaves a job alone that does not ask for it", (name) => {
  const job = composeJob({});
  expect(builtinFeatures.find((feature) => feature.name === name)?.contribute(job, featureContext())).toBe(job);
});
