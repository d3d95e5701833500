import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import { preflight } from "../../../src/core/launch/preflight.js";
import type { JsonObject } from "../../../src/core/model/json.js";
import type { LaunchRequest } from "../../../src/core/model/launch-request.js";
import { request } from "../../support/builders.js";
import { type Agent, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";

const sh = (script: string) => ["/bin/sh", "-c", script];
const docker = { driver: "docker", image: TEST_IMAGE };
const exec = { driver: "exec" };
const raw = { driver: "raw_exec" };

describe.each(["1.11.0", "1.7.7"])("volumes and files on Nomad %s", (version) => {
  let agent: Agent;
  let host: Host;
  let root: string;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "mfn-storage-"));
    await chmod(root, 0o755);
    for (const name of ["data", "models", "shared", "tools"]) {
      await mkdir(join(root, name));
      await chmod(join(root, name), 0o777);
      await writeFile(join(root, name, "here"), `${name}\n`);
    }
    server = createServer((asked, answer) => {
      const found = asked.url === "/hello.txt" || asked.headers["x-key"] === "open";
      answer.writeHead(found ? 200 : 404).end(found ? `hello from ${asked.url ?? ""}\n` : "no");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const hostVolumes = {
      data: join(root, "data"),
      models: { path: join(root, "models"), readOnly: true },
      metaflow: join(root, "shared"),
    };
    agent = await startAgent({ version, exec: true, docker: true, hostVolumes, quiet: true });
    host = openTestHost(agent.address, { shared: { path: join(root, "shared"), volume: "metaflow" } });
    await chmod(agent.dir, 0o711);
    await chmod(join(agent.dir, "data"), 0o711);
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await agent?.stop();
    server?.close();
    await rm(root, { recursive: true, force: true });
  });

  const ask = (over: Partial<LaunchRequest>) => run(host, { resources: { cpu: 50, memory: 128 }, ...over });
  /** What the run's preflight says of a task. */
  const tried = (over: Partial<LaunchRequest>) => {
    const launcher = host.site();
    const { job } = launcher.compose(request({ jobId: uniqueId("try"), ...over }));
    return preflight(job, launcher, AbortSignal.timeout(30_000));
  };

  it.each([
    ["exec", exec],
    ["docker", docker],
  ])("mounts host volumes into %s, beside the site's shared storage", async (driver, over) => {
    const shared = join(root, "shared");
    const volumes = { data: "/data", weights: "models:/models:ro" };
    const script = `cat /data/here /models/here ${shared}/here; echo ${driver} > /data/${driver}; touch /models/x || echo read only`;
    const { outcome, printed } = await ask({ ...over, argv: sh(script), sharedPath: shared, blocks: { volumes } });
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    expect(printed.stdout).toBe("data\nmodels\nshared\nread only\n");
    expect(await readFile(join(root, "data", driver), "utf8")).toBe(`${driver}\n`);
  });

  it("mounts docker's own volumes and folders of the node, beside the user's own mounts", async () => {
    const name = `mfn-test-${process.pid}`;
    const volumes = {
      [name]: { type: "docker", destination: "/cache" },
      tools: { type: "docker", source: join(root, "tools"), destination: "/tools", read_only: true },
      data: "/data",
    };
    const driverConfig = { mount: [{ type: "tmpfs", target: "/t" }], volumes: [`${join(root, "models")}:/m`] };
    const task = { ...docker, driverConfig, blocks: { volumes } };
    const first = await ask({
      ...task,
      argv: sh(
        "echo kept > /cache/x; cat /tools/here /data/here /m/here; touch /tools/x || true; mount | grep -c ' /t '",
      ),
    });
    expect(first.printed.stdout, first.outcome.sentence).toBe("tools\ndata\nmodels\n1\n");
    expect(first.printed.stderr).toContain("Read-only file system");
    const second = await ask({ ...task, argv: sh("cat /cache/x") });
    expect(second.printed.stdout).toBe("kept\n");
  });

  it("names a host volume that no node has, before anything is submitted and after", async () => {
    const asked = { ...exec, argv: sh("true"), blocks: { volumes: { x: "dta:/x" } } };
    await expect(tried(asked)).rejects.toMatchObject({
      code: "NOMAD_E_REQUEST_INVALID",
      message: "volumes.x: no node has a host volume dta.",
      hint: "Did you mean data?",
    });
    const impatient = openTestHost(agent.address, { placementTimeoutSeconds: 1 });
    const { outcome } = await run(impatient, asked);
    await impatient[Symbol.asyncDispose]();
    expect(outcome.kind).toBe("unplaced");
    expect(outcome.sentence).toContain("1 node lacks the host volume dta");
  });

  it("names a host volume that may not be written", async () => {
    await expect(tried({ ...exec, blocks: { volumes: { models: "/m" } } })).rejects.toThrow(
      "volumes.models: no node has the host volume models as it is asked for",
    );
    await expect(tried({ ...exec, blocks: { volumes: { models: "/m:ro" } } })).resolves.toMatchObject({ warnings: [] });
  });

  it("names a CSI volume that is not there", async () => {
    const volumes = { disk: { type: "csi", source: "ebs-1", destination: "/d", access_mode: "single-node-writer" } };
    await expect(tried({ ...exec, blocks: { volumes } })).rejects.toThrow(
      "volumes.disk: Nomad has no CSI volume ebs-1 in namespace default.",
    );
  });

  it("has dynamic host volumes from 1.10 on", async () => {
    const volumes = { scratch: { destination: "/s", sticky: true, access_mode: "single-node-writer" } };
    const asked = { ...docker, argv: sh("echo again >> /s/log"), blocks: { volumes } };
    if (version === "1.7.7") {
      await expect(tried(asked)).rejects.toMatchObject({
        code: "NOMAD_E_REQUEST_VERSION",
        message: expect.stringMatching(/^volumes: sticky needs Nomad 1\.10\.0; .* has 1\.7\.7/) as string,
      });
      await expect(ask(asked)).rejects.toMatchObject({ code: "NOMAD_E_REQUEST_VERSION" });
      return;
    }
    const body = { Volume: dynamicVolume(agent.nodeId) };
    const { Volume: made } = await agent.api("/v1/volume/host/create", { method: "PUT", body });
    const known = async () => Object.keys((await agent.api(`/v1/node/${agent.nodeId}`)).HostVolumes as object);
    await until(async () => (await known()).includes("scratch"));
    await expect(tried(asked)).resolves.toMatchObject({ warnings: [] });
    for (let runs = 0; runs < 2; runs += 1) expect((await ask(asked)).outcome.kind).toBe("succeeded");
    const { HostPath } = await agent.api(`/v1/volume/host/${made.ID as string}`);
    expect(await readFile(join(HostPath as string, "log"), "utf8")).toBe("again\nagain\n");
  });

  it("fetches artifacts", async () => {
    const artifacts = [
      `${url}/hello.txt`,
      { source: `${url}/secret.txt`, destination: "local/sub", headers: { "X-Key": "open" } },
      { source: `${url}/hello.txt`, destination: "local/named", mode: "file" },
    ];
    const argv = sh("cd $NOMAD_TASK_DIR; cat hello.txt sub/secret.txt named");
    const { printed, outcome } = await ask({ ...raw, argv, blocks: { artifacts } });
    expect(printed.stdout, outcome.sentence).toBe(
      "hello from /hello.txt\nhello from /secret.txt\nhello from /hello.txt\n",
    );
  });

  it.each<[string, () => JsonObject, RegExp, boolean]>([
    [
      "not there",
      () => ({ source: `${url}/none.txt` }),
      /^The artifact http:\S*\/none\.txt could not be fetched: .*404/,
      false,
    ],
    [
      "another file",
      () => ({ source: `${url}/hello.txt`, options: { checksum: `md5:${"0".repeat(32)}` } }),
      /hello\.txt could not be fetched: .*[Cc]hecksum/,
      false,
    ],
    [
      "no server",
      () => ({ source: "http://127.0.0.1:9/x" }),
      /^The artifact http:\/\/127\.0\.0\.1:9\/x could not be fetched: .*refused/,
      true,
    ],
  ])("names the artifact that could not be fetched: %s", async (_case, artifact, sentence, retriable) => {
    const { outcome } = await ask({ ...raw, argv: sh("echo never"), blocks: { artifacts: artifact() } });
    expect(outcome).toMatchObject({ kind: "failed", retriable, sentence: expect.stringMatching(sentence) as string });
  });

  it("renders templates: a Nomad variable, an environment, a file of an artifact", async () => {
    const jobId = uniqueId("templates");
    const Path = `nomad/jobs/${jobId}`;
    await agent.api(`/v1/var/${Path}`, { method: "PUT", body: { Path, Items: { word: "open sesame" } } });
    const templates = [
      {
        data: `{{ with nomadVar "${Path}" }}word={{ .word }}{{ end }}\n`,
        destination: "local/app.conf",
        perms: "0640",
      },
      { data: 'FROM_TEMPLATE={{ env "NOMAD_JOB_ID" }}\nNODE={{ env "node.datacenter" }}\n', env: true },
      {
        data: "[[ 1 | add 2 ]] {{ as it is }}\n",
        destination: "local/odd",
        left_delimiter: "[[",
        right_delimiter: "]]",
      },
      { source: "local/hello.txt", destination: "local/copy" },
    ];
    const argv = sh('cd "$NOMAD_TASK_DIR"; cat app.conf odd copy; stat -c %a app.conf; echo $FROM_TEMPLATE $NODE');
    const { printed, outcome } = await ask({
      ...raw,
      jobId,
      argv,
      blocks: { templates, artifacts: `${url}/hello.txt` },
    });
    expect(printed.stdout, outcome.sentence).toBe(
      `word=open sesame\n3 {{ as it is }}\nhello from /hello.txt\n640\n${jobId} dc1\n`,
    );
  });

  it.each<[string, JsonObject, string]>([
    ["no template", { data: "{{ nonsense }}", destination: "local/a" }, 'function "nonsense" not defined'],
    ["no such file", { source: "local/none.tpl", destination: "local/a" }, "none.tpl"],
    ["no such key", { data: "{{ (parseJSON `{}`).x }}", destination: "local/a", error_on_missing_key: true }, "x"],
    ["no environment", { data: "no assignment", env: true }, "missing ="],
  ])("says why a template could not be rendered: %s", async (_case, template, why) => {
    const { outcome } = await ask({ ...raw, argv: sh("echo never"), blocks: { templates: template } });
    expect(outcome.sentence).toMatch(/^A template could not be rendered: /);
    expect(outcome).toMatchObject({ kind: "failed", sentence: expect.stringContaining(why) as string });
  });

  it("says that a task waits for its templates", async () => {
    const templates = { data: '{{ with nomadVar "nomad/jobs/none" }}{{ .x }}{{ end }}', destination: "local/a" };
    const wish = new AbortController();
    const asked = { ...raw, argv: sh("echo never"), resources: { memory: 64 }, blocks: { templates } };
    const told: string[] = [];
    const sink = { write: () => undefined, end: () => undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
    const outcome = await host.site().launch({
      request: request({ jobId: uniqueId("waits"), ...asked }),
      sink,
      signal: AbortSignal.any([wish.signal, AbortSignal.timeout(60_000)]),
      report: (news) => {
        if (news.kind !== "warning") return;
        told.push(news.message);
        wish.abort();
      },
    });
    expect(outcome.kind).toBe("stopped");
    expect(told.join()).toContain("the task waits for its templates (Missing: nomad.var.block(nomad/jobs/none@default");
  });

  it("keeps the logs it is told to keep, and still shows every line", async () => {
    const blocks = { logs: { max_files: 2, max_file_size: 1 } };
    const { outcome, printed } = await ask({
      ...raw,
      argv: sh("echo out"),
      resources: { memory: 64, disk: 10 },
      blocks,
    });
    expect(printed.stdout).toBe("out\n");
    const job = await agent.api(`/v1/job/${outcome.jobId}`);
    expect(job.TaskGroups[0].Tasks[0].LogConfig).toMatchObject({ MaxFiles: 2, MaxFileSizeMB: 1 });
  });

  it("gives a container its shared memory", async () => {
    const argv = sh("df -m /dev/shm | tail -1 | awk '{print $2}'");
    const { printed, outcome } = await ask({ ...docker, argv, blocks: { shared_memory: 96 } });
    expect(printed.stdout, outcome.sentence).toBe("96\n");
  });
});

/** A folder that Nomad itself makes on the node (its built-in plugin `mkdir`). */
function dynamicVolume(NodeID: string) {
  const capability = { AccessMode: "single-node-writer", AttachmentMode: "file-system" };
  return { Name: "scratch", Namespace: "default", PluginID: "mkdir", NodeID, RequestedCapabilities: [capability] };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come about");
}
