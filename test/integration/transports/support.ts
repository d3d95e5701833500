import type { Credentials } from "../../../src/core/contracts/credentials.js";
import type { Logger } from "../../../src/core/contracts/logger.js";
import type { NomadTransport } from "../../../src/core/contracts/transport.js";
import { systemClock } from "../../../src/core/host/system-clock.js";
import type { Site } from "../../../src/core/model/site.js";
import { staticToken } from "../../../src/transports/credentials/static-token.js";
import { createHttpTransport } from "../../../src/transports/http-transport.js";

export const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export const anonymous: Credentials = {
  origin: "no token",
  token: () => Promise.resolve(undefined),
  refresh: () => Promise.resolve(false),
};

/** A complete site that only the address matters of. */
export function siteAt(address: string, changes: Partial<Site> = {}): Site {
  return {
    name: "lab",
    address,
    auth: {},
    watch: "event-stream",
    transport: "http",
    driver: "raw_exec",
    defaults: { cpu: 100, memory: 64, namespace: "default", timeoutMinutes: 5 },
    gpu: { device: "nvidia/gpu" },
    connections: 24,
    drivers: {},
    ...changes,
  };
}

export function transportTo(site: Site, token?: string): NomadTransport {
  const credentials = (token === undefined ? undefined : staticToken({ token })) ?? anonymous;
  return createHttpTransport({ site, credentials, clock: systemClock, logger: quiet });
}

export const never = (): AbortSignal => new AbortController().signal;
