import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/model/json.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import { builtinFeatures } from "../../../src/plugins/builtin.js";
import { featureContext } from "../../support/builders.js";
import { composeJob } from "../../support/compose.js";

const web = { ports: ["http"] };
const service = (over: JsonObject): JsonObject => ({ ...web, services: { name: "web", port: "http", ...over } });
const run = ["true"];

/** Each refusal names the thing and the cure, before Nomad is asked. */
describe("network, services, secrets and tasks that cannot be", () => {
  it.each<[JsonObject, string, string]>([
    [{ network: "brige" }, 'network.mode: "brige" is no mode', "bridge"],
    [{ network: { mod: "host" } }, 'network: there is no key "mod"', "Did you mean mode?"],
    [{ network: { hostname: "n" } }, "network.hostname: Nomad gives", 'mode="bridge"'],
    [{ network: "none", ports: ["http"] }, 'ports: a task of network mode "none"', "Leave ports out"],
    [{ network: { dns: { server: ["x"] } } }, 'network.dns: there is no key "server"', "servers"],
    [{ ports: ["a b"] }, 'ports: "a b" is no name for a port', '"http"'],
    [{ ports: ["http", "http"] }, 'ports: there are two ports "http"', "name"],
    [{ ports: { a: 80, b: 80 } }, "ports: two ports are 80", "its own number"],
    [{ ports: { http: 70_000 } }, "ports.http.static: 70000", "1 to 65535"],
    [{ ports: { http: "web" } }, 'ports.http.static: "web"', "whole number"],
    [{ ports: { http: { statik: 80 } } }, 'ports.http: there is no key "statik"', "Did you mean static?"],
    [{ services: { port: "http" } }, "services: name is missing", "name, port"],
    [{ services: { name: "web", port: "http" } }, 'services.port: there is no port "http"', 'ports=["http"]'],
    [service({ port: "htp" }), 'services.port: there is no port "htp"', "Did you mean http?"],
    [service({ provider: "eureka" }), 'services.provider: "eureka"', "nomad, consul"],
    [service({ check: { type: "grpc" } }), "services.checks[0].type: Nomad itself makes no", '"tcp"'],
    [service({ checks: [{ type: "http", port: "x" }] }), 'services.checks[0].port: there is no port "x"', "ports"],
    [{ services: [{ name: "a", check: { type: "tcp" } }] }, "services[0].checks[0]: neither it nor", 'port="http"'],
    [{ identity: [true, { name: "default" }] }, 'two identities are called "default"', "own name"],
    [{ identity: { audience: "x", name: "a", enf: true } }, 'identity: there is no key "enf"', "env"],
    [{ identity: "default" }, 'identity: "default" is not a dictionary', "names and values"],
    [{ vault: { policies: ["p"] } }, "vault.policies: Nomad has dropped it", "role="],
    [{ vault: { rol: "r" } }, 'vault: there is no key "rol"', "Did you mean role?"],
    [{ consul: { partitions: "a" } }, 'consul: there is no key "partitions"', "partition"],
    [{ prestart: { name: "main", command: run } }, 'the task name "main": the step', "a name of its own"],
    [{ prestart: { name: "a", command: run }, poststop: { name: "a", command: run } }, "two tasks are called", "name"],
    [{ prestart: { command: "true" } }, "prestart.command: it is no list", "program and its arguments"],
    [{ prestart: {} }, "prestart: it says nothing to run", "command"],
    [{ sidecars: [{ command: run }, { comand: run }] }, "sidecars[1]: there is no key", "Did you mean command?"],
    [{ sidecars: { command: run, cpu: 1, cores: 1 } }, "sidecars: it has both cpu and cores", "MHz"],
    [{ poststop: { command: run, memory: 1 } }, "poststop.memory: 1", "at least 10"],
    [{ poststart: { command: run, name: "a/b" } }, 'poststart: "a/b" is no name for a task', "letters"],
    [{ prestart: { command: run, env: { "A=B": "x" } } }, 'env "A=B"', "letters"],
    [{ prestart: { command: ["a\0b"] } }, "command: it contains a NUL", "Remove"],
    [{ raw: { tasks: {} } }, 'raw: there is no part "tasks"', "Did you mean task?"],
    [{ raw: { task: [] } }, "raw.task: [] is not a dictionary", "names and values"],
    [{ raw: { task: { shutdown_delay: 1 } } }, "raw.task.shutdown_delay: it is none", "ShutdownDelay"],
    [{ raw: { task: { Name: "x" } } }, "raw.task.Name: it may not be patched", "by its name"],
    [{ raw: { group: { count: 2 } } }, "raw.group.count: it may not be patched", "foreach"],
    [{ raw: { group: { Tasks: [] } } }, "raw.group.Tasks: it may not be patched", "raw.task"],
    [{ raw: { job: { ID: "x" } } }, "raw.job.ID: it may not be patched", "by it"],
    [{ raw: { job: { Namespace: "x" } } }, "raw.job.Namespace: it may not be patched", "namespace="],
    [{ raw: { job: { Meta: null } } }, "raw.job.Meta: metaflow_nomad_request is the launcher's", "other keys"],
    [{ raw: { job: { Type: "service" } } }, "raw.job.Type: it may not be patched", "batch"],
  ])("%j", (blocks, problem, cure) => {
    expect(() => composeJob({ blocks })).toThrow(
      expect.objectContaining({
        code: "NOMAD_E_REQUEST_INVALID",
        message: expect.stringContaining(problem) as string,
        hint: expect.stringContaining(cure) as string,
      }),
    );
  });

  it.each<[string, Partial<LaunchRequest>, string]>([
    ["a literal", { secrets: { KEY: "hunter2" } }, "secrets.KEY: it is no reference"],
    ["a relative file", { secrets: { KEY: "file:hunter2" } }, "secrets.KEY: it is no reference"],
    ["no key", { secrets: { KEY: "nomad:hunter2" } }, "secrets.KEY: it is no reference"],
    ["no vault block", { secrets: { KEY: "vault:kv/hunter2#x" } }, "secrets.KEY: the task has no access to Vault"],
    ["an odd name", { secrets: { "A-B": "nomad:nomad/jobs#hunter2" } }, 'env "A-B": a secret reaches'],
  ])("%s among the secrets, which is not shown", (_what, asked, problem) => {
    try {
      composeJob(asked);
      expect.unreachable("it was not refused");
    } catch (error) {
      expect(error).toMatchObject({ code: "NOMAD_E_REQUEST_INVALID" });
      expect(String(error)).toContain(problem);
      expect(JSON.stringify(error) + String(error)).not.toContain("hunter2");
    }
  });
});

it.each(["network", "services", "identity", "vault", "consul", "secrets", "tasks-around", "raw"])(
  "%s leaves a job alone that does not ask for it",
  (name) => {
    const job = composeJob({});
    expect(builtinFeatures.find((feature) => feature.name === name)?.contribute(job, featureContext())).toBe(job);
  },
);
