import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listenPrivately } from "../../../src/server/private-socket.js";

/** Debian's user and group `nobody`. */
const nobody = 65_534;

describe("the launch host's socket", () => {
  it("is refused to another user (needs root, as all of the integration tests)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mfn-socket-"));
    const socket = join(folder, "host.sock");
    const server = createServer((peer) => peer.end());
    try {
      await listenPrivately(server, socket);
      const other = asNobody(() => connect(socket));
      expect(await once(other, "error")).toMatchObject([{ code: "EACCES" }]);
      expect(await once(connect(socket), "connect")).toEqual([]);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});

/** Does one thing as another user: connecting to a unix socket is asked of the system at once. */
function asNobody(work: () => Socket): Socket {
  process.seteuid?.(nobody);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
