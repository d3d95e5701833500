import { transformSync } from "esbuild";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parse as parseYaml } from "yaml";
import { afterAll, describe, expect, it } from "vitest";
import { readLaunchFile } from "../../src/cli/launch-file.js";
import { checkConfig } from "../../src/core/config/check-config.js";
import { withExtends } from "../../src/core/config/extends.js";
import { textFile } from "../../src/core/config/config-file.js";
import { anchors, type Block, blocks, pages, prose, read, root } from "../support/markdown.js";

const all = pages();
const work = mkdtempSync(join(tmpdir(), "metaflow-nomad-docs-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Why a link leads nowhere; undefined when it does lead somewhere. */
function broken(file: string, target: string): string | undefined {
  const [path = "", anchor] = target.split("#");
  const wanted = path === "" ? file : relative(root, join(root, dirname(file), path));
  if (wanted.startsWith("..") || !existsSync(join(root, wanted))) return `${file}: ${target} is not there`;
  if (anchor === undefined || anchors(read(wanted)).has(anchor)) return undefined;
  return `${file}: ${wanted} has no heading for #${anchor}`;
}

/** First cells of a table's rows, without backticks, of the section under a heading. */
function firstCells(text: string, heading: string): string[] {
  const section = text.split(new RegExp(`^#+ ${heading}$`, "m"))[1]?.split(/^#/m)[0] ?? "";
  const rows = [...section.matchAll(/^\| (.+?) \|/gm)].map(([, cell = ""]) => cell).slice(1);
  return rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

describe("links", () => {
  it("finds the pages", () => expect(all.length).toBeGreaterThan(20));

  it("lead to files and headings that exist", () => {
    const links = all.flatMap(({ file, text }) =>
      [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({ file, target })),
    );
    const inside = links.filter(({ target }) => !/^[a-z]+:/.test(target));
    expect(inside.length).toBeGreaterThan(50);
    expect(inside.map(({ file, target }) => broken(file, target)).filter((found) => found !== undefined)).toEqual([]);
  });

  it("from the code lead to pages that exist", () => {
    const said = execFileSync("grep", ["-rhoE", "docs/[a-z][a-zA-Z0-9/_-]*\\.md", "src", "scripts", "python"], {
      cwd: root,
      encoding: "utf8",
    });
    const missing = [...new Set(said.trim().split("\n"))].filter((page) => !existsSync(join(root, page)));
    expect(missing).toEqual([]);
  });
});

describe("examples", () => {
  const data = blocks("yaml", "json");
  const isSite = ({ text }: Block) => typeof parseYaml(text) === "object" && "sites" in (parseYaml(text) as object);
  const isLaunch = ({ text }: Block) => typeof parseYaml(text) === "object" && "command" in (parseYaml(text) as object);

  it.each(data.filter(isSite))("site file, $where", async ({ where, text }) => {
    // The file that an example extends is the reader's own.
    const config = await withExtends(textFile(where, text.replace(/^extends: .*\n/m, "")));
    expect(() => checkConfig(config)).not.toThrow();
  });

  it.each(data.filter(isLaunch))("launch file, $where", async ({ text, language }) => {
    const file = join(work, `task.${language}`);
    writeFileSync(file, text);
    await expect(readLaunchFile(file)).resolves.toMatchObject({ argv: expect.any(Array) });
  });

  it("are all one of the two", () => {
    expect(data.filter((block) => !isSite(block) && !isLaunch(block)).map(({ where }) => where)).toEqual([]);
  });

  it("in Python compile", () => {
    const python = blocks("python");
    expect(python.length).toBeGreaterThan(0);
    const files = python.map(({ text }, index) => {
      const file = join(work, `example_${String(index)}.py`);
      writeFileSync(file, text);
      return file;
    });
    execFileSync("python3", ["-m", "py_compile", ...files], { stdio: "pipe" });
  });

  it.each(blocks("js", "ts"))("$language, $where", ({ text, language }) => {
    expect(() => transformSync(text, { loader: language as "js" | "ts", format: "esm" })).not.toThrow();
  });

  it("of a driver is the one in examples/driver-podman, unchanged", () => {
    const page = read("docs/writing-a-driver.md");
    expect(page).toContain(`\`\`\`js\n${read("examples/driver-podman/podman.mjs")}\`\`\``);
    expect(page).toContain(`\`\`\`yaml\n${read("examples/driver-podman/metaflow-nomad.config.yaml")}\`\`\``);
  });
});

describe("tables", () => {
  it("docs/usage.md has every attribute of @nomad, and no other", () => {
    const source = read("python/metaflow_extensions/nomad_ext/plugins/nomad/attribute_table.py");
    const names = [...source.matchAll(/^ {4}"(\w+)": Attribute\(/gm)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(15);
    expect(firstCells(read("docs/usage.md"), "Attributes").sort()).toEqual(names.sort());
  });

  it("docs/usage.md has every block that the features and @nomad know, and no other", () => {
    const source = read("python/metaflow_extensions/nomad_ext/plugins/nomad/block_table.py");
    const names = [...source.matchAll(/^ {4}"(\w+)": \(/gm)].map(([, name = ""]) => name).sort();
    expect(names.length).toBeGreaterThan(15);
    expect(firstCells(read("docs/usage.md"), "More of Nomad's job").sort()).toEqual(names);
  });

  it("docs/usage.md and docs/troubleshooting.md have every outcome", () => {
    const names = outcomeKinds();
    expect([...new Set(firstCells(read("docs/usage.md"), "How a task can end"))].sort()).toEqual(names);
    const headings = anchors(read("docs/troubleshooting.md"));
    expect(names.filter((name) => !headings.has(name))).toEqual([]);
  });

  it("docs/commands/launch.md has every key of a launch file, and no other", () => {
    const schema = /const launchFile = z\.strictObject\(\{\n([\s\S]*?)^\}\);/m.exec(
      read("src/cli/launch-file.ts"),
    )?.[1];
    const keys = [...(schema ?? "").matchAll(/^ {2}(\w+):/gm)].map(([, key = ""]) => key);
    expect(keys.length).toBeGreaterThan(15);
    const shown = firstCells(read("docs/commands/launch.md"), "Keys");
    expect(shown.sort()).toEqual(keys.sort());
  });
});

/** The outcomes a task can have, from the type. */
function outcomeKinds(): string[] {
  const union = /export type OutcomeKind =\n([\s\S]*?);/.exec(read("src/core/model/outcome.ts"))?.[1] ?? "";
  return [...union.matchAll(/"([^"]+)"/g)].map(([, kind = ""]) => kind).sort();
}
