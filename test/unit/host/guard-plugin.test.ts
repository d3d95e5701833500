import { describe, expect, it } from "vitest";
import type { LaunchFeature } from "../../../src/core/contracts/feature.js";
import type { Plugin, PluginRegistrar } from "../../../src/core/contracts/plugin.js";
import type { TaskDriver } from "../../../src/core/contracts/task-driver.js";
import { over } from "../../../src/core/host/guard-plugin.js";
import { Host } from "../../../src/core/host/host.js";
import { builtinPlugins } from "../../../src/index.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { request, site } from "../../support/builders.js";
import { silentLogger } from "../../support/silent-logger.js";

type Listed = Plugin & { required?: boolean };
const plugin = (name: string, setup: (registrar: PluginRegistrar) => void, required = true): Listed => ({
  name,
  apiVersion: "1",
  setup,
  required,
});

function open(...plugins: Listed[]) {
  const parts = { sites: { lab: site() }, defaultSite: "lab", clock: new ManualClock(), logger: silentLogger };
  return new Host({ ...parts, plugins: [...builtinPlugins, ...plugins] });
}

/** Plugins are written in JavaScript, too: anything may be thrown. */
const throwing = (reason: unknown): never => {
  throw reason;
};

const feature = (contribute: unknown) =>
  plugin("acme", (registrar) => registrar.feature({ name: "house-rule", contribute } as LaunchFeature));

describe("a plugin's feature", () => {
  it.each<[string, unknown, RegExp]>([
    ["throws", () => (undefined as never as { x: { y: 1 } }).x.y, /acme failed in its feature house-rule: Cannot read/],
    ["throws a string", () => throwing("no"), /acme failed in its feature house-rule: no\./], // prettier-ignore
    ["returns no job", () => ({ Meta: {} }), /acme failed in its feature house-rule: it returned no job/],
    ["changes the job it is given", (job: { Priority?: number }) => { job.Priority = 1; return job; }, /house-rule: Cannot/], // prettier-ignore
  ])("that %s is named, and nothing is submitted", (_how, contribute, sentence) => {
    expect(() => open(feature(contribute)).site().compose(request())).toThrow(sentence);
  });
});

describe("a plugin's driver", () => {
  it("may be of a class with private fields", () => {
    class Driver implements TaskDriver {
      readonly #name = "acme_exec";
      get name() {
        return this.#name;
      }
      get capabilities() {
        return { image: "none", filesystem: "host", devices: false, nodeUsers: this.#name.includes("user") } as const;
      }
      toConfig = () => ({ literal: { command: this.#name } });
    }
    const host = open(plugin("acme", (registrar) => registrar.driver(new Driver())));
    const [task] = host.site().compose(request({ driver: "acme_exec" })).job.TaskGroups[0].Tasks;
    expect([task.Driver, task.Config]).toEqual(["acme_exec", { command: "acme_exec" }]);
  });

  it("may be frozen", () => {
    const capabilities = { image: "none", filesystem: "host", devices: false, nodeUsers: false } as const;
    const driver: TaskDriver = Object.freeze({ name: "acme_exec", capabilities, toConfig: () => ({ literal: {} }) });
    const rule = Object.freeze<LaunchFeature>({ name: "rule", contribute: (job) => ({ ...job, Priority: 7 }) });
    const host = open(
      plugin("acme", (registrar) => {
        registrar.driver(driver);
        registrar.feature(rule);
      }),
    );
    const { job } = host.site().compose(request({ driver: "acme_exec" }));
    expect([job.Priority, job.TaskGroups[0].Tasks[0].Driver]).toEqual([7, "acme_exec"]);
  });

  it("that throws is named; one that cannot explain leaves it to the core", () => {
    const broken = {
      name: "acme_exec",
      capabilities: { image: "none", filesystem: "host", devices: false, nodeUsers: false },
      toConfig: () => { throw new TypeError("boom"); }, // prettier-ignore
      explain: () => { throw new TypeError("boom"); }, // prettier-ignore
    } as TaskDriver;
    const host = open(plugin("acme", (registrar) => registrar.driver(broken)));
    expect(() => host.site().compose(request({ driver: "acme_exec" }))).toThrow(
      "Plugin acme failed in its driver acme_exec: boom.",
    );
  });
});

it("a thing with some functions replaced is otherwise what it was, frozen or not", async () => {
  class Thing implements AsyncDisposable {
    #closed = 0;
    get closed() {
      return this.#closed;
    }
    say = () => "its own";
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      this.#closed += 1;
    }
  }
  const still = new Thing();
  Object.freeze(still);
  for (const thing of [new Thing(), still]) {
    {
      await using replaced = over<Thing>(thing, { say: () => "another" });
      expect([replaced.say(), "say" in replaced, "closed" in replaced, "other" in replaced]).toEqual([
        "another",
        true,
        true,
        false,
      ]);
      expect(replaced).toBeInstanceOf(Thing);
    }
    expect(thing.closed).toBe(1);
  }
});

describe("a plugin's setup", () => {
  const halfWay = (required: boolean) =>
    plugin(
      "acme",
      (registrar) => {
        registrar.watcher("acme", () => ({}) as never);
        throw new Error("half-way");
      },
      required,
    );

  it("that throws is named, with every other plugin that cannot be used", () => {
    const clash = plugin("rival", (registrar) => registrar.watcher("poll", () => ({}) as never));
    expect(() => open(halfWay(true))).toThrow("Plugin acme failed in its setup: half-way.");
    expect(() => open(halfWay(true), clash)).toThrow(
      /^2 plugins cannot be used:\n {2}1\. .*half-way\. .*\n {2}2\. .*rival both register/,
    );
  });

  it("registers all or nothing", () => {
    const host = open(halfWay(false));
    expect(host.warnings).toEqual([
      expect.stringMatching(/^Plugin acme failed in its setup: half-way\. .* The run goes on without it\.$/),
    ]);
    expect(host.plugins.has("acme")).toBe(false);
    const heir = plugin("heir", (registrar) => registrar.watcher("acme", () => ({}) as never));
    expect(open(halfWay(false), heir).plugins.get("heir")).toEqual([{ kind: "watch", name: "acme" }]);
  });
});
