import { describe, expect, it } from "vitest";
import { definePlugin, type Plugin, type PluginRegistrar } from "../../../src/core/contracts/plugin.js";
import { orderFeatures } from "../../../src/core/host/order-features.js";
import { PluginRegistry } from "../../../src/core/host/plugin-registry.js";
import { pluginTools } from "../../support/plugin-tools.js";
import type { LaunchFeature } from "../../../src/core/contracts/feature.js";
import { createRawExecDriver } from "../../../src/drivers/raw-exec.js";

const plugin = (over: Partial<Plugin>): Plugin =>
  definePlugin({ name: "p", apiVersion: "1", setup: () => undefined, ...over });

const feature = (name: string, over: Partial<LaunchFeature> = {}): LaunchFeature => ({
  name,
  contribute: (job) => job,
  ...over,
});

describe("PluginRegistry", () => {
  it("names both plugins that bring a thing of the same name", () => {
    const registry = new PluginRegistry(pluginTools);
    const setup: Plugin["setup"] = (registrar) => registrar.driver(createRawExecDriver());
    registry.add(plugin({ name: "first", setup }));
    expect(() => registry.add(plugin({ name: "second", setup }))).toThrow(
      "Plugins first and second both register the driver raw_exec.",
    );
  });

  it("lets a driver take the place of one, where it names the other's plugin", () => {
    const registry = new PluginRegistry(pluginTools);
    registry.add(plugin({ name: "first", setup: (on) => on.driver(createRawExecDriver()) }));
    const mine = { ...createRawExecDriver(), explain: () => undefined };
    const replaces = (name: string) => plugin({ name: "mine", setup: (on) => on.driver(mine, { replaces: name }) });
    expect(() => registry.add(replaces("other"))).toThrow("first and mine both register the driver raw_exec");
    registry.add(replaces("first"));
    expect(registry.drivers.ownerOf("raw_exec")).toBe("mine");
  });

  it.each([
    [{ apiVersion: "7" as "1" }, 'written for API version "7", this host has "1"'],
    [{ name: "" }, "it has no name"],
    [{ setup: undefined as unknown as Plugin["setup"] }, "it has no setup function"],
    [{ requires: ["absent"] }, "it requires absent, which cannot be used or is listed nowhere"],
  ])("refuses %j before running it", (over, problem) => {
    expect(() => new PluginRegistry(pluginTools).add(plugin(over))).toThrow(problem);
  });

  it.each<[string, (registrar: PluginRegistrar) => unknown, string]>([
    [
      "a thing twice",
      (on) => {
        for (const name of ["x", "x"]) on.watcher(name, () => ({}) as never);
      },
      "it registers the watch x twice",
    ],
    ["a driver without a name", (on) => on.driver({} as never), "it registers a driver without a name"],
    ["no driver at all", (on) => on.driver(undefined as never), "it registers a driver without a name"],
    [
      "a driver that is none",
      (on) => on.driver({ name: "x", capabilities: {} } as never),
      "its driver x has no function toConfig",
    ],
    ["a transport that is no function", (on) => on.transport("x", {} as never), "its transport x is no function"],
    [
      "a command of two words",
      (on) => on.command({ name: "a b", description: "", run: () => 0 }),
      "is not one lower-case word",
    ],
    ["what it waits for", async (on) => on.watcher("x", () => ({}) as never), "its setup waits"],
  ])("refuses a plugin that registers %s, and all it brings", (_what, setup, problem) => {
    const registry = new PluginRegistry(pluginTools);
    expect(() => registry.add(plugin({ setup: (on) => setup(on) as undefined }))).toThrow(problem);
    expect([registry.registered.size, registry.watchers.names(), registry.drivers.names()]).toEqual([0, [], []]);
  });

  it("refuses a plugin listed twice", () => {
    const registry = new PluginRegistry(pluginTools);
    registry.add(plugin({}));
    expect(() => registry.add(plugin({}))).toThrow("it is listed twice");
  });

  it("says what there is when a site asks for what nobody brought", () => {
    const registry = new PluginRegistry(pluginTools);
    registry.add(plugin({ setup: (registrar) => registrar.watcher("poll", () => ({}) as never) }));
    expect(() => registry.watchers.need("pol", "lab")).toThrow(
      "The site lab asks for the watch pol, which no plugin registers.",
    );
  });
});

describe("orderFeatures", () => {
  const names = (features: LaunchFeature[]) => features.map(({ name }) => name);

  it("puts each after those it names, whatever the order of registration", () => {
    const all = [feature("c", { after: ["b"] }), feature("b", { after: ["a"] }), feature("a")];
    expect(names(orderFeatures(all, undefined, "lab"))).toEqual(["a", "b", "c"]);
  });

  it("keeps the essential ones where a site lists its own", () => {
    const all = [feature("run-once", { essential: true }), feature("x"), feature("y")];
    expect(names(orderFeatures(all, ["y"], "lab"))).toEqual(["run-once", "y"]);
  });

  it("refuses an unknown name and a circle", () => {
    expect(() => orderFeatures([feature("a")], ["z"], "lab")).toThrow("the feature z");
    const circle = [feature("a", { after: ["b"] }), feature("b", { after: ["a"] })];
    expect(() => orderFeatures(circle, undefined, "lab")).toThrow("a -> b -> a");
  });

  it("puts the last ones after everybody's, plugins' own included", () => {
    const all = [feature("raw", { last: true }), feature("meta"), feature("acme")];
    expect(orderFeatures(all, undefined, "lab").map(({ name }) => name)).toEqual(["meta", "acme", "raw"]);
    expect(orderFeatures(all, ["raw", "acme"], "lab").map(({ name }) => name)).toEqual(["acme", "raw"]);
  });
});
