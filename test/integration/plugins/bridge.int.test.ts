import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../src/core/host/host.js";
import type { JsonObject } from "../../../src/core/model/json.js";
import { type Agent, freePort, obtainCni, startAgent, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { eventually } from "../../support/eventually.js";
import { openTestHost, run, uniqueId } from "../../support/launch-host.js";

const python = "/usr/bin/python3";
const bridge = "metaflow-test";
const pause = "metaflow-nomad-test:pause";
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();

const serve = [
  "import http.server, os",
  "class Answer(http.server.BaseHTTPRequestHandler):",
  "    def do_GET(self):",
  "        self.send_response(200); self.end_headers(); self.wfile.write(os.environ['NOMAD_PORT_http'].encode())",
  "http.server.HTTPServer(('0.0.0.0', int(os.environ['NOMAD_PORT_http'])), Answer).serve_forever()",
].join("\n");

/** An image that only waits: Nomad's own pause image, which holds a container's network, cannot be pulled here. */
function makePause(): void {
  const container = docker("create", TEST_IMAGE, "true");
  docker("commit", "--change", 'CMD ["python3", "-c", "import signal; signal.pause()"]', container, pause);
  docker("rm", container);
}

describe.each(["1.11.0", "1.7.7"])("a network of its own on Nomad %s", (version) => {
  let agent: Agent;
  let host: Host;

  beforeAll(async () => {
    const net = { bridge_network_name: bridge, bridge_network_subnet: "172.31.64.0/20" };
    const client = { cni_path: await obtainCni(), ...net };
    const config = { infra_image: pause };
    agent = await startAgent({ version, exec: true, docker: { config }, client, quiet: true });
    makePause();
    host = openTestHost(agent.address);
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await agent?.stop();
    docker("rmi", "-f", pause);
    execFileSync("ip", ["link", "delete", bridge]);
  });

  it("has the port inside that was asked for, and is reached on the node's", async () => {
    const wish = new AbortController();
    const port = await freePort();
    const blocks: JsonObject = {
      network: "bridge",
      ports: { http: { static: port, to: 8000 } },
      services: { name: `web-${port}`, port: "http", address_mode: "alloc" },
    };
    const argv = [python, "-c", serve];
    const going = run(host, { jobId: uniqueId("bridge"), driver: "exec", argv, blocks }, wish.signal);
    const found = await eventually(async () => {
      const [first] = (await agent.api(`/v1/service/web-${port}`)) as { Address: string; Port: number }[];
      return first;
    });
    expect(found.Address).toMatch(/^172\.31\./);
    expect(found.Port).toBe(8000);
    const inside = await eventually(async () => (await fetch(`http://${found.Address}:8000/`)).text());
    expect(inside).toBe("8000");
    wish.abort();
    expect((await going).outcome.kind).toBe("stopped");
  });

  it("has a name of its own in docker", async () => {
    const blocks: JsonObject = { network: { mode: "bridge", hostname: "worker-one" } };
    const argv = ["python3", "-c", "import socket, time; print(socket.gethostname(), flush=True); time.sleep(2)"];
    const { outcome, printed } = await run(host, { driver: "docker", image: TEST_IMAGE, argv, blocks });
    expect(outcome.kind, outcome.sentence).toBe("succeeded");
    expect(printed.stdout).toBe("worker-one\n");
  });
});
