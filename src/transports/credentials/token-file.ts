import { readFile } from "node:fs/promises";
import type { Credentials } from "../../core/contracts/credentials.js";
import type { CredentialsFactory } from "../../core/contracts/plugin.js";
import { LauncherError } from "../../core/errors/launcher-error.js";
import { stampFile, unreadable } from "../tls-material.js";

/** A token kept in a file that something else renews: re-read when the file changes and after a 403. */
export const tokenFile: CredentialsFactory = ({ tokenFile: file }): Credentials | undefined =>
  file === undefined || file === "" ? undefined : new TokenFile(file);

class TokenFile implements Credentials {
  readonly origin: string;
  #stamp: string | undefined;
  #token: string | undefined;

  constructor(private readonly file: string) {
    this.origin = `token file ${file}`;
  }

  /** @throws LauncherError `NOMAD_E_CONFIG_UNREADABLE` when there never was a token in the file. */
  async token(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    try {
      const stamp = await stampFile(this.file);
      if (stamp !== this.#stamp || this.#token === undefined) await this.#read(stamp);
    } catch (error) {
      // While the file is being replaced it may be missing or empty for a moment: the token at hand is the best there is.
      if (this.#token === undefined)
        throw error instanceof LauncherError ? error : unreadable(this.file, "auth.tokenFile", error);
    }
    return this.#token ?? "";
  }

  async refresh(signal: AbortSignal): Promise<boolean> {
    const refused = this.#token;
    this.#stamp = undefined;
    return (await this.token(signal)) !== refused;
  }

  async #read(stamp: string): Promise<void> {
    const token = (await readFile(this.file, "utf8")).trim();
    if (token === "") throw unreadable(this.file, "auth.tokenFile", new Error("it is empty"));
    this.#token = token;
    this.#stamp = stamp;
  }
}
