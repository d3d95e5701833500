import type { Credentials } from "../../src/core/contracts/credentials.js";
import type { NomadTransport } from "../../src/core/contracts/transport.js";
import { systemClock } from "../../src/core/host/system-clock.js";
import type { Site } from "../../src/core/model/site.js";
import { staticToken } from "../../src/transports/credentials/static-token.js";
import { createHttpTransport } from "../../src/transports/http-transport.js";
import { site } from "./builders.js";
import { silentLogger } from "./silent-logger.js";

const anonymous: Credentials = {
  origin: "no token",
  token: () => Promise.resolve(undefined),
  refresh: () => Promise.resolve(false),
};

/** A site that only the address matters of. */
export const siteAt = (address: string, over: Partial<Site> = {}): Site => site({ ...over, address });

/** A transport on the machine's own clock. */
export function transportTo(to: Site, token?: string): NomadTransport {
  const credentials = (token === undefined ? undefined : staticToken({ token })) ?? anonymous;
  return createHttpTransport({ site: to, credentials, clock: systemClock, logger: silentLogger });
}

export const never = (): AbortSignal => new AbortController().signal;
