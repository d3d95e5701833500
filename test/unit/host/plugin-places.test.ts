import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { throwerOf } from "../../../src/core/host/contain-plugins.js";
import { ownerOf, placesOf } from "../../../src/core/host/plugin-places.js";
import { readStuck } from "../../../src/core/host/stuck-plugins.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "places-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (file: string, text = "") => {
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), text);
  return pathToFileURL(join(folder, file)).href;
};

it("knows whose code runs: a module's own, its package's, the folder's, behind links, innermost first", () => {
  const [one, two, helper] = [put("one.mjs"), put("two.mjs"), put("helper.mjs")];
  put("real/package.json", '{ "exports": "./dist/index.js" }');
  const deep = put("real/dist/deep.js");
  put("real/dist/index.js");
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(folder, "real"), join(folder, "node_modules/acme"));
  const places = placesOf(["./one.mjs", "./two.mjs", "acme", "absent"], join(folder, "site.yaml"));
  expect(places.map(({ plugin }) => plugin)).toEqual(["./one.mjs", "./two.mjs", "acme"]);
  expect([one, two, deep].map((url) => ownerOf(["node:fs", url], places))).toEqual(["./one.mjs", "./two.mjs", "acme"]);
  expect(ownerOf([helper, two], places)).toBe("./one.mjs");
  expect(ownerOf(["file:///elsewhere/x.mjs"], places)).toBeUndefined();
});

it("leaves to the launcher and to installed packages what is theirs, though a plugin's file lies beside them", () => {
  const [team, helper] = [put("proj/team.mjs"), put("proj/lib/helper.mjs")];
  put("proj/node_modules/acme/package.json", '{ "exports": "./index.js" }');
  put("proj/node_modules/acme/index.js");
  const inner = put("proj/node_modules/acme/node_modules/left/index.js");
  const launcher = put("proj/own (1)/js/launcher.mjs");
  const python = put("proj/.venv/lib/python3.13/site-packages/metaflow_nomad/js/launcher.mjs");
  const nobodys = [launcher, python, put("proj/node_modules/metaflow-nomad/dist/cli/main.js")];
  const places = placesOf(["./team.mjs", "acme"], join(folder, "proj/site.yaml"), new URL(".", launcher).href);
  expect([team, helper].map((url) => ownerOf([url], places))).toEqual(["./team.mjs", "./team.mjs"]);
  expect(nobodys.map((url) => ownerOf([url], places))).toEqual([undefined, undefined, undefined]);
  expect(ownerOf([inner], places)).toBe("acme");
});

it("leaves its own code to the launcher, also where a plugin is told to lie above it", () => {
  const places = placesOf([resolve("src/index.ts")], join(folder, "site.yaml"));
  const own = ["src/index.ts", "src/cli/main.ts"].map((file) => pathToFileURL(resolve(file)).href);
  expect(own.map((url) => ownerOf([url], places))).toEqual([resolve("src/index.ts"), undefined]);
});

it("finds who threw by the first function that is a plugin's or the launcher's", () => {
  const places = placesOf(["./one.mjs"], join(folder, "site.yaml"));
  const thrown = (...frames: string[]) =>
    throwerOf(
      Object.assign(new Error("x"), { stack: ["Error: x", ...frames.map((at) => `    at ${at}`)].join("\n") }),
      places,
    );
  const node = "async open (node:internal/fs/promises:1345:25)";
  const plugins = pathToFileURL(join(folder, "one.mjs")).href;
  expect(thrown(node, `async ${plugins}:9:18`)).toBe("./one.mjs");
  expect(thrown("new Promise (<anonymous>)", `Object.<anonymous> (${join(folder, "a b/100%.cjs")}:1:2)`)).toBe(
    "./one.mjs",
  );
  expect(thrown(node, "parse (file:///elsewhere/node_modules/x/x.mjs:1:2)", `f (${plugins}:1:2)`)).toBe("./one.mjs");
  const launchers = pathToFileURL(resolve("src/core/launch/launch.ts")).href;
  expect(thrown(node, `run (${launchers}:1:2)`, `f (${plugins}:1:2)`)).toBeUndefined();
  expect([thrown(node), thrown()]).toEqual([undefined, undefined]);
});

it("reads which plugins hosts were ended for, and leaves out what is none", () => {
  put("stuck", '{"use":"./a.mjs","what":"f (a.mjs:1)","reason":"busy"}\n{"use":1}\n');
  expect([...readStuck(join(folder, "stuck"))]).toEqual([["./a.mjs", { what: "f (a.mjs:1)", reason: "busy" }]]);
  expect(readStuck(join(folder, "none")).size + readStuck(undefined).size).toBe(0);
});
