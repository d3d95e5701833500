import { dirname, resolve } from "node:path";
import type { Site } from "../model/site.js";
import { type Layer, type Origin, type PartialSite, mergeLayers } from "./layers.js";
import type { SiteInput } from "./schema.js";

const builtIn: Layer = {
  origin: () => "built in",
  values: {
    watch: "event-stream",
    transport: "http",
    driver: "docker",
    defaults: { cpu: 256, memory: 512, namespace: "default", timeoutMinutes: 60 },
    gpu: { device: "nvidia/gpu" },
    connections: 50,
    lostAfterMinutes: 2,
    gangTimeoutMinutes: 10,
  },
};

/** A site, and where each of its values came from. */
export interface TracedSite {
  readonly site: Site;
  readonly origins: readonly Origin[];
}

/** Completes a site from its own layer, the task settings above it, and the built-in defaults below. */
export function toSite(name: string, own: Layer, above: Layer): TracedSite {
  const { values, origins } = mergeLayers([above, own, builtIn]);
  return { site: complete(name, values), origins };
}

/** The built-in layer brings all that must be there. */
function complete(name: string, values: PartialSite): Site {
  const { auth, credentials, address = "", drivers = {}, ...others } = values;
  const { placementTimeoutMinutes: minutes, lostAfterMinutes = 0, fallbackAddresses, ...waits } = others;
  const { gangTimeoutMinutes = 0, ...rest } = waits;
  const site = {
    ...rest,
    name,
    address: address.replace(/\/+$/, ""),
    ...(fallbackAddresses !== undefined && {
      fallbackAddresses: fallbackAddresses.map((one) => one.replace(/\/+$/, "")),
    }),
    auth: { ...credentials, ...auth },
    drivers,
    lostAfterSeconds: lostAfterMinutes * 60,
    gangTimeoutSeconds: gangTimeoutMinutes * 60,
    ...(minutes === undefined ? {} : { placementTimeoutSeconds: minutes * 60 }),
  };
  return site as Site;
}

/** A file's site with its relative paths made absolute: they start at the file. */
export function withAbsolutePaths(site: SiteInput, file: string): SiteInput {
  const from = (path: string): string => resolve(dirname(file), path);
  const { tls, auth } = site;
  return {
    ...site,
    ...(tls === undefined
      ? {}
      : { tls: { ...tls, ...absolute(tls, ["ca", "cert", "key", "keyPassphraseFile"], from) } }),
    ...(auth === undefined ? {} : { auth: { ...auth, ...absolute(auth, ["tokenFile"], from) } }),
  };
}

function absolute<T extends object>(values: T, keys: readonly (keyof T)[], from: (path: string) => string): Partial<T> {
  const found = keys.flatMap((key) => {
    const path = values[key];
    return typeof path === "string" ? [[key, from(path)] as const] : [];
  });
  return Object.fromEntries(found) as Partial<T>;
}
