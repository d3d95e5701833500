import { chmod, rm, stat } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { LauncherError } from "../core/errors/launcher-error.js";

/**
 * Listens on a unix socket that only this user can reach: its folder lets nobody else in, and the socket neither.
 *
 * What a host that died has left there is replaced; one that lives is left alone.
 * @throws LauncherError `NOMAD_E_HOST_SOCKET` when the folder is another user's, or a host serves there.
 */
export async function listenPrivately(server: Server, socket: string): Promise<void> {
  await closeFolder(dirname(socket), socket);
  if (await isServed(socket)) throw refused(socket, "another launch host serves there");
  await rm(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.on("error", (error: NodeJS.ErrnoException) => reject(refused(socket, error.code ?? error.message, error)));
    server.listen(socket, resolve);
  });
  await chmod(socket, 0o600);
}

async function closeFolder(folder: string, socket: string): Promise<void> {
  const { uid, mode } = await stat(folder);
  if (uid !== process.getuid?.()) throw refused(socket, "its folder belongs to another user");
  if ((mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/** Whether a host serves there; a socket whose process has died refuses connections. */
export function isServed(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.on("error", () => resolve(false));
  });
}

function refused(socket: string, reason: string, cause?: unknown): LauncherError {
  return new LauncherError("NOMAD_E_HOST_SOCKET", { socket, reason }, cause === undefined ? undefined : { cause });
}
