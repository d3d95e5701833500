import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveSecrets } from "../../../src/core/launch/resolve-secrets.js";
import { request } from "../../support/builders.js";

const folder = mkdtempSync(join(tmpdir(), "metaflow-nomad-secrets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return `file:${join(folder, name)}`;
}

const resolve = async (secrets: Record<string, string>, env: Record<string, string> = {}) =>
  (await resolveSecrets(request({ secrets, secretEnv: { OWN: "o" } }), env)).secretEnv;

describe("secrets that are here", () => {
  it("come from the environment, and from files without the newline at their end", async () => {
    const secrets = { A: "env:HERE", B: file("b", "two\nlines\r\n\r\n"), C: file("c", " é "), OWN: "env:HERE" };
    const found = await resolve(secrets, { HERE: "v" });
    expect(found).toEqual({ A: "v", B: "two\nlines\r\n", C: " é ", OWN: "v" });
  });

  it("are not looked for on the node's behalf, nor in what is no reference", async () => {
    expect(await resolve({ N: "nomad:nomad/jobs#x", V: "vault:a#b", L: "literal" })).toEqual({ OWN: "o" });
  });

  it.each([
    [{ A: "env:GONE" }, "secrets.A: the environment variable GONE is not set here"],
    [{ A: "env:EMPTY" }, "secrets.A: the environment variable EMPTY is empty here"],
    [{ A: "file:/no/such/file" }, "secrets.A: the file /no/such/file cannot be read here (ENOENT)"],
    [{ A: file("binary", new Uint8Array([0xff, 0xfe, 0x00])) }, "is not UTF-8 text"],
  ])("are refused where they are not: %j", async (secrets, problem) => {
    await expect(resolve(secrets, { EMPTY: "" })).rejects.toMatchObject({
      code: "NOMAD_E_REQUEST_INVALID",
      message: expect.stringContaining(problem) as string,
    });
  });
});
