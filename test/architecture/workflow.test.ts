import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { read, root } from "../support/markdown.js";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly on: object;
  readonly jobs: Readonly<Record<string, { readonly "runs-on": string; readonly steps: readonly Step[] }>>;
}

describe("the GitHub workflow", () => {
  const workflow = parse(read(".github/workflows/ci.yml")) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it("checks out, sets up Node, Python and Go, and runs what CI runs", () => {
    expect(Object.keys(workflow.on)).toEqual(["push", "pull_request"]);
    const used = steps.map(({ uses = "" }) => uses.split("@")[0]).filter((name) => name !== "");
    const setUp = ["checkout", "setup-node", "setup-python", "setup-go"].map((name) => `actions/${name}`);
    expect(used.slice(0, 4)).toEqual(setUp);
    expect(steps.filter(({ run = "" }) => run.endsWith(".ci/run"))).toHaveLength(1);
    expect(existsSync(join(root, ".ci/run"))).toBe(true);
  });

  it("every step is an action of a fixed major version, or a command", () => {
    const odd = steps.filter(({ uses, run }) =>
      uses === undefined ? run === undefined : !/^[\w/-]+@v\d+$/.test(uses),
    );
    expect(odd).toEqual([]);
  });
});
