import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { readLaunchFile } from "../../src/cli/launch-file.js";
import type { LaunchRequest } from "../../src/core/model/launch-request.js";
import { TEST_IMAGE } from "./cluster/index.mjs";
import { blocks } from "./markdown.js";

/** The launch file of that name on a page, as a user who copies it would launch it; only its image is one that is here. */
export async function example(page: string, name: string): Promise<LaunchRequest> {
  const found = blocks("yaml").find(
    ({ where, text }) => where.startsWith(`${page}:`) && (parseYaml(text) as { name?: string }).name === name,
  );
  if (found === undefined) throw new Error(`${page} has no example called ${name}`);
  const folder = await mkdtemp(join(tmpdir(), "metaflow-nomad-example-"));
  try {
    await writeFile(join(folder, "task.yaml"), found.text.replace("python:3.12", TEST_IMAGE));
    return await readLaunchFile(join(folder, "task.yaml"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
