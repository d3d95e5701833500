// A plugin for metaflow-nomad: the ACL token from a URL, as a sidecar or an identity service on this machine offers it.
import { definePlugin, LauncherError } from "metaflow-nomad/contracts";

const refused = (url, reason) => new LauncherError("NOMAD_E_CONFIG_COMMAND", { command: `GET ${url}`, reason });

/** How long the service may take, in milliseconds. */
const patienceMs = 10_000;

/** @type {import("metaflow-nomad/contracts").CredentialsFactory} */
export function fromUrl({ tokenUrl }) {
  if (typeof tokenUrl !== "string") return undefined;
  /** The token is kept until Nomad refuses it: private, so that nobody prints it. */
  let kept;
  const { origin, pathname } = new URL(tokenUrl);
  const shown = `${origin}${pathname}`;
  return {
    origin: `token of ${shown}`,
    async token(signal) {
      kept ??= await ask(tokenUrl, shown, signal);
      return kept;
    },
    async refresh(signal) {
      const before = kept;
      kept = await ask(tokenUrl, shown, signal);
      return kept !== before;
    },
  };
}

/** @param {string} url @param {string} shown the URL without what may be secret in it @param {AbortSignal} signal */
async function ask(url, shown, signal) {
  try {
    const reply = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) });
    if (!reply.ok) throw refused(shown, `HTTP ${String(reply.status)}`);
    const token = (await reply.text()).trim();
    if (!/^[\x21-\x7e]+$/.test(token)) throw refused(shown, "what it gave is no token");
    return token;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof LauncherError ? error : refused(shown, error.cause?.message ?? error.message);
  }
}

export const credentialsUrlPlugin = definePlugin({
  name: "metaflow-nomad-credentials-url",
  apiVersion: "1",
  setup: (registrar) => registrar.credentials("token-url", fromUrl),
});
