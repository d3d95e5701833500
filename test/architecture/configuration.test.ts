import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configJsonSchema } from "../../src/core/config/json-schema.js";
import { toSite } from "../../src/core/config/to-site.js";
import { read, root } from "../support/markdown.js";

interface PageScript {
  readonly configurationPage: (page: string, schema: object) => string;
}

/** Key -> default, as the table says it. */
const told = new Map(
  [...read("docs/configuration.md").matchAll(/^\| `([^`]+)` \| [^|]* \| ([^|]*) \|/gm)].map(
    ([, key = "", standard = ""]) => [key, standard] as const,
  ),
);

describe("docs/configuration.md", () => {
  it("has the keys of the schema (npm run docs writes them)", async () => {
    const script = (await import(join(root, "scripts/lib/configuration-page.mjs"))) as PageScript;
    const page = read("docs/configuration.md");
    expect(page).toBe(script.configurationPage(page, configJsonSchema()));
    expect([...told.keys()]).toEqual(expect.arrayContaining(["defaultSite", "address", "tls.ca", "defaults.cpu"]));
  });

  it("says the defaults that a site gets", () => {
    const layer = { origin: () => "", values: {} };
    const { origins } = toSite("any", layer, layer);
    expect(origins.length).toBeGreaterThan(5);
    expect(origins.map(({ path, value }) => [path, typeof value === "string" ? value : JSON.stringify(value)])).toEqual(
      origins.map(({ path }) => [path, told.get(path)]),
    );
  });
});
