import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createNomadClient } from "../../src/client/index.js";
import { calls } from "../support/client/calls.js";
import { coverage } from "../support/client/coverage.js";
import { endpointsPage } from "../support/client/endpoints-page.js";
import { endpointOf, methodsOf, sentBy } from "../support/client/endpoints.js";
import { untried } from "../support/client/untried.js";
import { read, root } from "../support/markdown.js";

interface Scripts {
  readonly goApiFolder: (version: string) => string | undefined;
  readonly clientFiles: (folder: string) => Promise<Readonly<Record<string, string>>>;
}

const api = JSON.parse(read("test/support/client/go-api.json")) as {
  readonly nomad: string;
  /** Method of the Go API -> the path it calls, with a star for each name; empty where it leaves that to another. */
  readonly methods: Readonly<Record<string, string>>;
};
const goMethods = Object.keys(api.methods);
const methods = methodsOf(createNomadClient({ env: {} }));

describe("the client, beside Nomad's Go API", () => {
  it("covers each method, or says why not, and knows no other", () => {
    expect(goMethods.length).toBeGreaterThan(250);
    expect(Object.keys(coverage).sort()).toEqual(goMethods);
  });

  it("has the methods that are said to cover them", () => {
    const named = Object.values(coverage).filter((name) => !name.startsWith("-"));
    expect(named.filter((name) => !methods.includes(name))).toEqual([]);
    expect(Object.keys(untried).filter((name) => !methods.includes(name))).toEqual([]);
  });

  const alike = Object.entries(api.methods).filter(
    ([method, path]) => path !== "" && !coverage[method]?.startsWith("-"),
  );
  it.each(alike)("calls what %s calls: %s", async (method, path) => {
    const sent = endpointOf(await sentBy(coverage[method] ?? "")).split(" ")[1];
    expect(sent?.replace(/:[a-z]+/g, "*")).toBe(path);
  });

  it("is told whole in docs/client-endpoints.md (UPDATE_DOCS=1 writes it)", async () => {
    const page = await endpointsPage(api.nomad, goMethods);
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(join(root, "docs/client-endpoints.md"), page);
    expect(read("docs/client-endpoints.md")).toBe(page);
  });

  it("is written from that API's source, where Go has fetched it", async (test) => {
    const scripts = (await import(join(root, "scripts/client-types.mjs"))) as Scripts;
    const folder = scripts.goApiFolder(api.nomad);
    // The source comes with the building of Nomad; a machine that was given a binary has none.
    if (folder === undefined) await test.annotate("no source of Nomad's Go API on this machine");
    const files = folder === undefined ? {} : await scripts.clientFiles(folder);
    for (const [file, text] of Object.entries(files)) expect(read(file)).toBe(text);
  });
});

describe("each method of the client", () => {
  it("is in the table of calls, and nothing else is", () => {
    expect(methods.length).toBeGreaterThan(150);
    expect(Object.keys(calls).sort()).toEqual([...methods].sort());
  });

  it.each(methods)("%s sends a call below /v1", async (method) => {
    expect(endpointOf(await sentBy(method))).toMatch(/^(GET|PUT|POST|DELETE) \/[a-z:]/);
  });
});
