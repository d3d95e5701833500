import { createServer } from "node:net";

/** Ports handed out by this process: the system may offer one again before its new owner has bound it. @type {Set<number>} */
const given = new Set();

/** A TCP port that was free a moment ago. @returns {Promise<number>} */
export async function freePort() {
  for (;;) {
    const port = await probe();
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}

/** @returns {Promise<number>} */
function probe() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
