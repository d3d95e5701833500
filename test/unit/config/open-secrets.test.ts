import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadSites } from "../../../src/core/config/load-sites.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "open-secrets-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string, mode: number): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const load = (auth: object, tls: object, mode: number) => {
  const site = { address: "https://nomad:4646", auth, tls };
  const CONFIG = put("site.json", JSON.stringify({ sites: { main: site } }), mode);
  return loadSites({ conf: { CONFIG }, env: {}, startDir: folder });
};

it("secrets that every account may read are named, each with what to do", async () => {
  const [token, key, cert] = [put("token", "t", 0o644), put("key.pem", "k", 0o604), put("cert.pem", "c", 0o644)];
  const { warnings } = await load(
    { tokenFile: token },
    { cert, key, keyPassphraseFile: put("word", "w", 0o640) },
    0o644,
  );
  expect(warnings).toEqual([
    `${key} holds a private key, and every account of this machine may read it: chmod o-r ${key}`,
    `${token} holds an ACL token, and every account of this machine may read it: chmod o-r ${token}`,
  ]);
});

it("so is a config file that holds a token itself", async () => {
  const { warnings } = await load({ token: "s3cret" }, {}, 0o644);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/site\.json holds an ACL token, and every account/);
  expect(warnings[0]).not.toContain("s3cret");
  expect((await load({ token: "s3cret" }, {}, 0o640)).warnings).toEqual([]);
});

it("a file that is not there is no concern of this", async () => {
  expect((await load({ tokenFile: join(folder, "none") }, {}, 0o644)).warnings).toEqual([]);
});
