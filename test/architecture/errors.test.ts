import type { Command } from "commander";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.js";
import { catalogue, type CatalogueEntry } from "../../src/core/errors/catalogue.js";
import { pages, read, root } from "../support/markdown.js";

const codes = Object.keys(catalogue);
const codePattern = /NOMAD_E_[A-Z]+(?:_[A-Z0-9]+)+\b(?!_?\*)/g;

interface DocsScript {
  readonly errorsPage: (entries: Readonly<Record<string, CatalogueEntry>>) => string;
}

/** Every file below a folder with one of the endings, as text by path. */
function sources(folder: string, ...endings: string[]): [string, string][] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .map((file) => [join(folder, file), readFileSync(join(root, folder, file), "utf8")]);
}

const programs = [...sources("src", ".ts"), ...sources("python/metaflow_extensions", ".py")].filter(
  ([file]) => !file.endsWith("errors/catalogue.ts"),
);

describe("the catalogue of errors", () => {
  it("is docs/errors.md (npm run docs writes it)", async () => {
    const script = (await import(join(root, "scripts/docs.mjs"))) as DocsScript;
    expect(read("docs/errors.md")).toBe(script.errorsPage(catalogue));
  });

  it("has every code that the code uses, and none that it does not", () => {
    const used = new Set(programs.flatMap(([, text]) => text.match(codePattern) ?? []));
    expect([...used].filter((found) => !codes.includes(found))).toEqual([]);
    expect(codes.filter((known) => !used.has(known))).toEqual([]);
  });

  it("has every code that a page names", () => {
    const strange = pages().flatMap(({ file, text }) =>
      (text.match(codePattern) ?? []).filter((found) => !codes.includes(found)).map((found) => `${file}: ${found}`),
    );
    expect(strange).toEqual([]);
  });

  it.each(Object.entries<CatalogueEntry>(catalogue))("%s says what happened, and what to do", (_code, entry) => {
    expect(entry.sentence).toMatch(/\.$/);
    expect(entry.hint).toMatch(/[.}]$/);
  });
});

const commandsOf = ({ commands }: Command): string[] => commands.flatMap((one) => [one.name(), ...commandsOf(one)]);

describe("advice", () => {
  it("names only commands that exist", () => {
    const known = commandsOf(createProgram());
    expect(known).toContain("launch");
    const texts = [...programs, ["src/core/errors/catalogue.ts", read("src/core/errors/catalogue.ts")] as const];
    const said = [...texts, ...pages().map(({ file, text }) => [file, text] as const)].flatMap(([file, text]) =>
      [...text.matchAll(/(?:`|npx |^)metaflow-nomad ([a-z]+)/gm)].map(([, name = ""]) => ({ file, name })),
    );
    expect(said.filter(({ name }) => !known.includes(name))).toEqual([]);
  });
});
