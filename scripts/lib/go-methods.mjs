/** Reads the methods of Nomad's Go API out of its source, and the paths that they call. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A handle is a struct that keeps the client: methods of others (options, values, sorters) are no calls. */
const HANDLE = /^type (\w+) struct \{\n\s+(?:client|c)\s+\*Client\n/gm;
const METHOD = /^func \(\w+ \*?(\w+)\) ([A-Z]\w*)\([\s\S]*?^\}/gm;

/**
 * Methods of every handle, as `Jobs.Info`, in order, and the path that each calls below `/v1`, as `/job/*`; empty for those
 * that leave it to another.
 * @param {string} folder
 */
export function readGoMethods(folder) {
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
  const handles = new Set(sources.flatMap((text) => [...text.matchAll(HANDLE)].map(([, name = ""]) => name)));
  const found = sources.flatMap((text) =>
    [...text.matchAll(METHOD)].flatMap(([body, owner = "", name = ""]) =>
      handles.has(owner) ? [/** @type {const} */ ([`${owner}.${name}`, pathOf(body)])] : [],
    ),
  );
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The first path in a function's body: `"/v1/job/"+url.PathEscape(id)+"/plan"` is `/job/:id/plan`, with a star for the ID. @param {string} body */
function pathOf(body) {
  const line = /"\/v1(\/.*)/.exec(body.replace(/\/\/.*/g, ""))?.[1] ?? "";
  const path = line
    .replace(/"\s*\+[^"]*\+\s*"/g, "*")
    .replace(/"\s*\+.*/, "*")
    .replace(/".*/, "")
    .replace(/\?.*/, "")
    .replace(/%[svtd]/g, "*");
  const joined = body.includes("url.JoinPath(") && !path.endsWith("/") ? `${path}/` : path;
  return joined.endsWith("/") ? `${joined}*` : joined;
}
