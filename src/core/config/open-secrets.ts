import { stat } from "node:fs/promises";
import type { Site } from "../model/site.js";

/** Every account of the machine may read it. */
const readableByAll = 0o004;

/** A sentence for each file with a secret that everybody on this machine may read. A file that is not there is told later, when it is used. */
export async function openSecrets(
  sites: readonly Site[],
  config?: { file: string; holdsToken: boolean },
): Promise<string[]> {
  const files = new Map<string, string>();
  if (config?.holdsToken === true) files.set(config.file, "an ACL token");
  for (const { tls, auth } of sites) {
    if (tls?.key !== undefined) files.set(tls.key, "a private key");
    if (tls?.keyPassphraseFile !== undefined) files.set(tls.keyPassphraseFile, "the passphrase of a private key");
    if (auth.tokenFile !== undefined) files.set(auth.tokenFile, "an ACL token");
  }
  const found = await Promise.all([...files].map(([file, what]) => warningOf(file, what)));
  return found.filter((warning) => warning !== undefined);
}

async function warningOf(file: string, what: string): Promise<string | undefined> {
  const mode = await stat(file).then(
    (found) => found.mode,
    () => 0,
  );
  if ((mode & readableByAll) === 0) return undefined;
  return `${file} holds ${what}, and every account of this machine may read it: chmod o-r ${file}`;
}
