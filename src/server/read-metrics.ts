import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { LauncherError } from "../core/errors/launcher-error.js";

/** Folders of this user's launch hosts on this machine that have a socket. */
export async function findHostFolders(parent: string = tmpdir()): Promise<string[]> {
  const named = (await readdir(parent)).filter((name) => name.startsWith("mfn-")).map((name) => join(parent, name));
  const checked = await Promise.all(named.map(async (folder) => ({ folder, ours: await isOurs(folder) })));
  return checked.filter(({ ours }) => ours).map(({ folder }) => folder);
}

async function isOurs(folder: string): Promise<boolean> {
  const found = await stat(join(folder, "host.sock")).catch(() => undefined);
  return found !== undefined && found.uid === process.getuid?.();
}

/**
 * What the launch host of a folder has counted, as OpenMetrics text.
 * @throws LauncherError `NOMAD_E_HOST_UNREACHABLE` when none answers there.
 */
export async function readMetrics(folder: string, signal: AbortSignal): Promise<string> {
  const path = join(folder, "host.sock");
  const socket = createConnection({ path });
  const leave = () => socket.destroy();
  signal.addEventListener("abort", leave, { once: true });
  try {
    await once(socket, "connect", { signal });
    socket.write('{"v":1,"kind":"metrics"}\n');
    return await text(socket);
  } catch (error) {
    signal.throwIfAborted();
    const facts = { socket: path, reason: String(error), log: join(folder, "host.log") };
    throw new LauncherError("NOMAD_E_HOST_UNREACHABLE", facts, { cause: error });
  } finally {
    signal.removeEventListener("abort", leave);
    socket.destroy();
  }
}
