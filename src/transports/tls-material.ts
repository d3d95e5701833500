import { readFile, stat } from "node:fs/promises";
import { LauncherError } from "../core/errors/launcher-error.js";
import type { SiteTls } from "../core/model/site.js";

/** What a TLS connection is opened with. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly servername?: string;
}

const parts = ["ca", "cert", "key", "keyPassphraseFile"] as const;
type Part = (typeof parts)[number];

/**
 * A site's certificates and key, read from files, and read again when a file has changed.
 *
 * Connections that are open keep what they were opened with; short-lived certificates are thus rotated without a restart.
 */
export class TlsMaterial {
  #stamp: string | undefined;
  #options: TlsOptions = {};

  constructor(private readonly tls: SiteTls) {}

  /**
   * The material as it is on disk now; the same object as long as no file changes.
   * @throws LauncherError `NOMAD_E_CONFIG_UNREADABLE` when a file cannot be read.
   */
  async current(): Promise<TlsOptions> {
    const stamp = await this.#stampOf();
    if (stamp === this.#stamp) return this.#options;
    const { serverName: servername } = this.tls;
    const [ca, cert, key, phrase] = await Promise.all(parts.map((part) => this.#read(part)));
    this.#options = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(phrase !== undefined && { passphrase: phrase.replace(/\r?\n$/, "") }),
      ...(servername !== undefined && { servername }),
    };
    this.#stamp = stamp;
    return this.#options;
  }

  async #stampOf(): Promise<string> {
    const stamps = await Promise.all(parts.map((part) => this.#on(part, stampFile)));
    return stamps.join();
  }

  #read(part: Part): Promise<string | undefined> {
    return this.#on(part, (file) => readFile(file, "utf8"));
  }

  async #on(part: Part, look: (file: string) => Promise<string>): Promise<string | undefined> {
    const file = this.tls[part];
    if (file === undefined) return undefined;
    try {
      return await look(file);
    } catch (error) {
      throw unreadable(file, `tls.${part}`, error);
    }
  }
}

/** Changes whenever a file was written or replaced; size and inode help where times are coarse. */
export async function stampFile(file: string): Promise<string> {
  const { mtimeNs, size, ino } = await stat(file, { bigint: true });
  return `${String(mtimeNs)}:${String(size)}:${String(ino)}`;
}

/** The error for a file that a site's configuration names and that cannot be read. */
export function unreadable(file: string, place: string, cause: unknown): LauncherError {
  const code = (cause as { code?: unknown } | undefined)?.code;
  const reason = typeof code === "string" ? code : cause instanceof Error ? cause.message : String(cause);
  return new LauncherError("NOMAD_E_CONFIG_UNREADABLE", { file, reason, place }, { cause });
}
