/** Reads the methods of Nomad's Go API out of its source. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Receivers whose methods are no calls: options, sorters, values. A handle is a struct that keeps the client. */
const HANDLE = /^type (\w+) struct \{\n\s+(?:client|c)\s+\*Client\n/gm;

/** Methods of every handle, as `Jobs.Register`, in order. @param {string} folder */
export function readGoMethods(folder) {
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
  const handles = new Set(sources.flatMap((text) => [...text.matchAll(HANDLE)].map(([, name = ""]) => name)));
  const methods = sources.flatMap((text) =>
    [...text.matchAll(/^func \(\w+ \*?(\w+)\) ([A-Z]\w*)\(/gm)].map(([, owner = "", name = ""]) => ({ owner, name })),
  );
  const found = methods.filter(({ owner }) => handles.has(owner)).map(({ owner, name }) => `${owner}.${name}`);
  return [...new Set(found)].sort();
}
