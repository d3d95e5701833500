import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { gcCommand } from "../../../src/cli/gc-command.js";
import { submitterOf, writeSubmitter } from "../../../src/core/sweep/submitter.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("says what it removes, a dry run what it would", async () => {
  const parent = await mkdtemp(join(tmpdir(), "gc-"));
  const [folder, file] = [join(parent, "mfn-dead"), join(parent, "sites.yaml")];
  await mkdir(folder);
  const submitter = writeSubmitter({ ...(await submitterOf())!, pid: "4194305" });
  await writeFile(join(folder, "run.json"), JSON.stringify({ submitter }));
  // Nothing listens there: the folder is looked for all the same.
  await writeFile(file, "sites: { lab: { address: 'http://127.0.0.1:1' } }");
  vi.stubEnv("TMPDIR", parent);
  vi.stubEnv("METAFLOW_NOMAD_CONFIG", file);
  const said: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(await gcCommand({ dryRun: true })).toBe(1);
  expect(await readdir(parent)).toContain("mfn-dead");
  expect(await gcCommand({})).toBe(1);
  expect(await readdir(parent)).not.toContain("mfn-dead");
  expect(said).toEqual([`Would remove ${folder}.\n`, `Removed ${folder}.\n`]);
  await rm(parent, { recursive: true });
});
