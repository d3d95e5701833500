import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pluginsCheckCommand, pluginsInfoCommand, pluginsListCommand } from "../../../src/cli/plugins-command.js";

const podman = resolve("examples/driver-podman/podman.mjs");
let said = "";

beforeEach(() => {
  said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((said += String(text)), true));
  vi.stubEnv("METAFLOW_NOMAD_ADDRESS", "http://127.0.0.1:1");
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("metaflow-nomad plugins", () => {
  it("list: says what each brings", async () => {
    expect(await pluginsListCommand()).toBe(0);
    expect(said).toContain("metaflow-nomad/transports\n  transport: http\n  watch: event-stream, blocking, poll\n");
  });

  it("info: lists one plugin's things, and knows the nearest name", async () => {
    expect(await pluginsInfoCommand("metaflow-nomad/transports")).toBe(0);
    expect(said).toContain("  transport http\n");
    await expect(pluginsInfoCommand("metaflow-nomad/transport")).rejects.toMatchObject({
      hint: "Did you mean metaflow-nomad/transports?",
    });
  });

  it("check: loads a plugin as a host would, or says what is wrong", async () => {
    await expect(pluginsCheckCommand("./test/no-such.mjs", {})).rejects.toMatchObject({ code: "NOMAD_E_PLUGIN_LOAD" });
    await expect(pluginsCheckCommand(podman, { options: "{" })).rejects.toThrow(/--options: it is not JSON/);
  });
});
