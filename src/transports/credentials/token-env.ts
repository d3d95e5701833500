import type { Credentials } from "../../core/contracts/credentials.js";
import type { CredentialsFactory } from "../../core/contracts/plugin.js";
import { LauncherError } from "../../core/errors/launcher-error.js";

/** A token in an environment variable the site names, so that one file can hold several sites. */
export const tokenEnv: CredentialsFactory = ({ tokenEnv: name }): Credentials | undefined => {
  if (name === undefined) return undefined;
  return {
    origin: `variable ${name}`,
    token: () => Promise.resolve(read(name)),
    refresh: () => Promise.resolve(false),
  };
};

function read(name: string): string {
  const value = process.env[name]?.trim();
  if (value !== undefined && value !== "") return value;
  const [file, place] = [`the environment variable ${name}`, "auth.tokenEnv"];
  throw new LauncherError("NOMAD_E_CONFIG_UNREADABLE", { file, place, reason: "it is not set" });
}
