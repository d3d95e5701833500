import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { staticToken } from "../../../src/transports/credentials/static-token.js";
import { tokenCommand } from "../../../src/transports/credentials/token-command.js";
import { tokenEnv } from "../../../src/transports/credentials/token-env.js";
import { tokenFile } from "../../../src/transports/credentials/token-file.js";
import { TlsMaterial } from "../../../src/transports/tls-material.js";
import { never } from "../../support/transport-site.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mn-token-"));
});
afterEach(() => rm(dir, { recursive: true }));

describe("static", () => {
  it("takes sites with a token only", async () => {
    expect(staticToken({})).toBeUndefined();
    expect(staticToken({ token: " " })).toBeUndefined();
    const credentials = staticToken({ token: "secret\n" });
    expect(await credentials?.token(never())).toBe("secret");
    expect(await credentials?.refresh(never())).toBe(false);
    expect(credentials?.origin).not.toContain("secret");
  });
});

describe("token-env", () => {
  it("reads the variable each time, and names it when it is not set", async () => {
    expect(tokenEnv({ token: "a" })).toBeUndefined();
    const credentials = tokenEnv({ tokenEnv: "MFN_TEST_TOKEN" });
    process.env["MFN_TEST_TOKEN"] = " secret ";
    expect(await credentials?.token(never())).toBe("secret");
    delete process.env["MFN_TEST_TOKEN"];
    expect(() => credentials?.token(never())).toThrow(/variable MFN_TEST_TOKEN cannot be read: it is not set/);
    expect(credentials?.origin).toBe("variable MFN_TEST_TOKEN");
  });
});

describe("token-command", () => {
  const open = (...words: string[]) => {
    const credentials = tokenCommand({ tokenCommand: words });
    if (credentials === undefined) throw new Error("not taken");
    return credentials;
  };

  it("runs once for all calls, and again on refresh", async () => {
    const file = join(dir, "count");
    await writeFile(file, "");
    const credentials = open("sh", "-c", `echo x >> "$0"; wc -l < "$0"`, file);
    expect(await Promise.all([credentials.token(never()), credentials.token(never())])).toEqual(["1", "1"]);
    expect(await credentials.token(never())).toBe("1");
    expect(await credentials.refresh(never())).toBe(true);
    expect(await credentials.token(never())).toBe("2");
  });

  it.each([
    ["fails", ["sh", "-c", "echo hidden >&2; exit 3"], /command sh for the ACL token failed: it exited with 3/],
    ["prints nothing", ["true"], /it printed nothing/],
    ["is not there", ["mfn-no-such-program"], /there is no such program/],
  ])("says when it %s, without what it printed", async (_how, words, sentence) => {
    const error = await open(...words)
      .token(never())
      .catch((reason: unknown) => reason as Error);
    expect(String(error)).toMatch(sentence);
    expect(inspect(error, { depth: 5 })).not.toContain("hidden");
  });
});

describe("token-file", () => {
  const open = (file: string) => {
    const credentials = tokenFile({ tokenFile: file });
    if (credentials === undefined) throw new Error("not taken");
    return credentials;
  };

  it("takes sites with a token file only", () => {
    expect(tokenFile({})).toBeUndefined();
    expect(tokenFile({ token: "a" })).toBeUndefined();
  });

  it("follows the file, written over or replaced", async () => {
    const file = join(dir, "token");
    await writeFile(file, "one\n");
    const credentials = open(file);
    expect(await credentials.token(never())).toBe("one");
    await writeFile(file, "second\n");
    expect(await credentials.token(never())).toBe("second");
    await writeFile(join(dir, "next"), "thirds");
    await rename(join(dir, "next"), file);
    expect(await credentials.token(never())).toBe("thirds");
    expect(credentials.origin).toBe(`token file ${file}`);
  });

  it("says on refresh whether there is another token", async () => {
    const file = join(dir, "token");
    await writeFile(file, "one");
    const credentials = open(file);
    await credentials.token(never());
    expect(await credentials.refresh(never())).toBe(false);
    await writeFile(file, "two");
    expect(await credentials.refresh(never())).toBe(true);
  });

  it("keeps the token while the file is being replaced", async () => {
    const file = join(dir, "token");
    await writeFile(file, "one");
    const credentials = open(file);
    await credentials.token(never());
    await writeFile(file, "");
    expect(await credentials.token(never())).toBe("one");
    await rm(file);
    expect(await credentials.token(never())).toBe("one");
  });

  it("says which file gave no token", async () => {
    const file = join(dir, "token");
    await expect(open(file).token(never())).rejects.toThrow(`${file} cannot be read: ENOENT`);
    await writeFile(file, "\n");
    await expect(open(file).token(never())).rejects.toThrow("it is empty");
  });
});

describe("TLS material", () => {
  it("is read once, and again when a file changes", async () => {
    const ca = join(dir, "ca.pem");
    await writeFile(ca, "first");
    const material = new TlsMaterial({ ca, serverName: "server.global.nomad" });
    const first = await material.current();
    expect(first).toEqual({ ca: "first", servername: "server.global.nomad" });
    expect(await material.current()).toBe(first);
    await writeFile(ca, "another");
    expect((await material.current()).ca).toBe("another");
  });

  it("says which file cannot be read, and which setting names it", async () => {
    const failure = new TlsMaterial({ key: join(dir, "none.pem") }).current();
    await expect(failure).rejects.toMatchObject({
      code: "NOMAD_E_CONFIG_UNREADABLE",
      facts: { place: "tls.key", reason: "ENOENT" },
    });
  });
});
