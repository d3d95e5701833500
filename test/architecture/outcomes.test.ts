import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { outcomeTable } from "../../src/core/launch/outcome-table.js";
import { judge } from "../../src/core/launch/verdict.js";
import { read, root } from "../support/markdown.js";
import { type OutcomeSample, outcomeSamples } from "../support/outcome-samples.js";
import { outcomeStages } from "../support/outcome-stages.js";

const page = "docs/outcomes.md";
const [begin, close] = ["<!-- table: begin -->\n", "<!-- table: end -->"];

function row([cause, facts, differs]: OutcomeSample): string {
  const { kind, sentence, retriable } = judge(facts, "job");
  const { evidence } = outcomeTable.find((one) => one.cause === cause) ?? { evidence: "" };
  const retry =
    kind === "succeeded" ? "" : `${retriable ? "yes" : "no"}${differs === undefined ? "" : ` (${differs})`}`;
  return `| \`${cause}\` | \`${kind}\` | ${sentence.replaceAll("|", "\\|")} | ${evidence} | ${retry} | ${stage(cause)} |`;
}

function stage(cause: OutcomeSample[0]): string {
  const { file, title, fake } = outcomeStages[cause];
  const name = file.split("/").at(-1) ?? "";
  return fake === undefined ? `[${name}](../${file}), ${title}` : `fake: ${fake}`;
}

function table(): string {
  const head =
    "| cause | outcome | for example | evidence | can a retry help | staged by |\n|---|---|---|---|---|---|\n";
  return `${head}${outcomeSamples.map(row).join("\n")}\n`;
}

describe(page, () => {
  it("has the table of the code (UPDATE_DOCS=1 writes it)", () => {
    const text = read(page);
    const [before = "", rest = ""] = text.split(begin);
    const [, after = ""] = rest.split(close);
    const wanted = `${before}${begin}${table()}${close}${after}`;
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(join(root, page), wanted);
    expect(read(page)).toBe(wanted);
  });

  it("names tests that exist", () => {
    const missing = Object.values(outcomeStages).filter(({ file, title }) => !read(file).includes(title));
    expect(missing).toEqual([]);
  });
});
