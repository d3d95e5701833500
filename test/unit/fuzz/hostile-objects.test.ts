import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConfig } from "../../../src/core/config/check-config.js";
import { textFile } from "../../../src/core/config/config-file.js";
import type { Plugin } from "../../../src/core/contracts/plugin.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { Host } from "../../../src/core/host/host.js";
import { builtinPlugins } from "../../../src/index.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { finished, request, site } from "../../support/builders.js";
import { fuzz } from "../../support/fuzz.js";
import { silentLogger } from "../../support/silent-logger.js";

const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
const key = fc.constantFrom(
  "sites",
  "lab",
  "address",
  "tls",
  "ca",
  "auth",
  "token",
  "defaults",
  "cpu",
  "shared",
  "path",
  "watch",
  "x",
);
/** JSON that looks like a site file, and mostly is none. */
const nearly = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.jsonValue(),
    fc.constantFrom("http://127.0.0.1:4646", 4, -1, true, null, ""),
    fc.dictionary(key, tie("node"), { maxKeys: 4 }),
  ),
})).node;

/** Does it; anything but an error with a code is a failure. */
function told(work: () => unknown): string {
  try {
    work();
    return "taken";
  } catch (error) {
    expect(error).toBeInstanceOf(LauncherError);
    return (error as LauncherError).message;
  }
}

describe("any site file", () => {
  it("is taken, or refused with a code, in one line that does not hold its secrets", () => {
    const secret = "hush-3141592";
    fc.assert(
      fc.property(nearly, fc.boolean(), (value, hidden) => {
        const auth = hidden ? { token: secret, tokenFile: 7 } : {};
        const text = JSON.stringify({ sites: { lab: { address: "http://x:1", auth, extra: value } }, more: value });
        const said = told(() => checkConfig(textFile("site.json", text)));
        expect(said).not.toContain(secret);
        expect(said).not.toContain("\n");
        told(() => checkConfig(textFile("site.json", JSON.stringify(value))));
      }),
      fuzz(1_000),
    );
  });
});

const open = (plugin: unknown) => {
  const parts = { sites: { lab: site() }, defaultSite: "lab", clock: new ManualClock(), logger: silentLogger };
  return new Host({ ...parts, plugins: [...builtinPlugins, plugin as Plugin] });
};
const driverPlugin = (driver: unknown) => ({
  name: "acme",
  apiVersion: "1",
  setup: (registrar: { driver: (item: unknown) => void }) => registrar.driver(driver),
});

describe("any plugin", () => {
  it("is taken, or refused with a code", () => {
    const plugin = fc.oneof(
      fc.object(),
      fc.record({
        name: anything,
        apiVersion: fc.oneof(anything, fc.constant("1")),
        setup: anything,
        requires: anything,
      }),
    );
    fc.assert(
      fc.property(plugin, (value) => void told(() => open(value))),
      fuzz(500),
    );
  });

  it("may register anything as a driver, feature, transport, watcher or credentials", () => {
    const kind = fc.constantFrom("driver", "device", "feature", "transport", "watcher", "credentials");
    fc.assert(
      fc.property(kind, anything, anything, (what, first, second) => {
        const setup = (registrar: Record<string, (...args: unknown[]) => void>) => registrar[what]?.(first, second);
        told(() => open({ name: "acme", apiVersion: "1", setup }).site().compose(request()));
      }),
      fuzz(500),
    );
  });

  it("may let its driver compose anything, and explain the end of a task by anything", () => {
    const given: { config?: unknown; diagnosis?: unknown } = {};
    const capabilities = { image: "none", filesystem: "host", devices: false, nodeUsers: false };
    const answers = { toConfig: () => given.config, explain: () => given.diagnosis };
    const launcher = open(driverPlugin({ name: "acme_exec", capabilities, ...answers })).site();
    const { job } = launcher.compose(request({ driver: "raw_exec" }));
    const [group] = job.TaskGroups;
    const tasks = [{ ...group.Tasks[0], Driver: "acme_exec" }] as const;
    const failed = finished([{ Type: "Driver Failure", DriverError: "no" }]);
    fc.assert(
      fc.property(anything, anything, (config, diagnosis) => {
        Object.assign(given, { config, diagnosis });
        told(() => launcher.compose(request({ driver: "acme_exec" })));
        const outcome = launcher.explain({ ...job, TaskGroups: [{ ...group, Tasks: tasks }] }, failed, []);
        expect([typeof outcome.kind, typeof outcome.sentence, typeof outcome.retriable]).toEqual([
          "string",
          "string",
          "boolean",
        ]);
      }),
      fuzz(500),
    );
  });
});
