import type { Credentials } from "../../core/contracts/credentials.js";
import type { CredentialsFactory } from "../../core/contracts/plugin.js";

/** A token from the configuration or the environment: fixed while the host runs. */
export const staticToken: CredentialsFactory = ({ token }): Credentials | undefined => {
  const value = token?.trim();
  if (value === undefined || value === "") return undefined;
  return {
    origin: "configured token",
    token: () => Promise.resolve(value),
    refresh: () => Promise.resolve(false),
  };
};
