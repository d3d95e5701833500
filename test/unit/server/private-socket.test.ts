import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listenPrivately } from "../../../src/server/private-socket.js";

const open: Server[] = [];
let folder: string;
let socket: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "private-"));
  socket = join(folder, "host.sock");
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const server of open.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

async function listen(): Promise<void> {
  const server = createServer((peer) => peer.on("error", () => undefined).end("hello"));
  open.push(server);
  await listenPrivately(server, socket);
}

async function answer(): Promise<string> {
  let text = "";
  for await (const bytes of connect(socket)) text += String(bytes);
  return text;
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("listenPrivately", () => {
  it("lets nobody else in, also where the folder was open to others", async () => {
    chmodSync(folder, 0o777);
    await listen();
    expect([modeOf(folder), modeOf(socket)]).toEqual(["700", "600"]);
    expect(await answer()).toBe("hello");
  });

  it("replaces the socket of a process that was killed", async () => {
    const script = `require("node:net").createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 9))`;
    expect(() => execFileSync(process.execPath, ["-e", script])).toThrow();
    const probe = connect(socket);
    expect(await once(probe, "error")).toMatchObject([{ code: "ECONNREFUSED" }]);
    await listen();
    expect(await answer()).toBe("hello");
  });

  it("replaces what is no socket", async () => {
    writeFileSync(socket, "");
    await listen();
    expect(await answer()).toBe("hello");
  });

  it("does not take the place of one that answers", async () => {
    await listen();
    await expect(listen()).rejects.toMatchObject({
      code: "NOMAD_E_HOST_SOCKET",
      message: `The launch host cannot listen at ${socket}: another launch host serves there.`,
    });
    expect(await answer()).toBe("hello");
  });

  it("uses no folder of another user", async () => {
    vi.spyOn(process, "getuid").mockReturnValue(statSync(folder).uid + 1);
    await expect(listen()).rejects.toMatchObject({ message: expect.stringContaining("belongs to another user") });
  });
});
