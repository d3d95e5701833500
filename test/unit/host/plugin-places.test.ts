import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
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

it("reads which plugins hosts were ended for, and leaves out what is none", () => {
  put("stuck", '{"use":"./a.mjs","what":"f (a.mjs:1)","reason":"busy"}\n{"use":1}\n');
  expect([...readStuck(join(folder, "stuck"))]).toEqual([["./a.mjs", { what: "f (a.mjs:1)", reason: "busy" }]]);
  expect(readStuck(join(folder, "none")).size + readStuck(undefined).size).toBe(0);
});
