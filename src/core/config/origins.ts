import type { JsonValue } from "../model/json.js";
import type { Origin } from "./layers.js";
import type { LoadedSites } from "./load-sites.js";

/** One value as `config show` prints it. */
export interface ShownValue {
  /** Dotted path, e.g. `sites.lab.defaults.cpu`. */
  readonly path: string;
  /** JSON; secrets are `"(set)"`. */
  readonly value: string;
  /** A file with line and column, a variable's name, or `built in`. */
  readonly origin: string;
}

const secretKey = /pass|token|secret|credential|api_?key|^key$|auth/i;
const hidden = "(set)";

/** Every effective value with where it came from. No secret is in it. */
export function describeOrigins(loaded: LoadedSites): readonly ShownValue[] {
  return Object.entries(loaded.origins).flatMap(([site, origins]) =>
    origins.map((one) => ({
      path: `sites.${site}.${one.path}`,
      value: JSON.stringify(mask(one)),
      origin: one.origin,
    })),
  );
}

function mask({ path, value }: Origin): JsonValue {
  if (path === "auth.token") return hidden;
  if (path === "credentials") return maskAll(value);
  if (path === "auth.tokenCommand") return maskAll(value);
  if (/^(address|fallbackAddresses|proxy)\b/.test(path)) return withoutLogin(value);
  return /^(drivers|extensions)\./.test(path) ? maskKeys(value) : value;
}

function withoutLogin(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutLogin);
  return typeof value === "string" ? value.replace(/\/\/[^/@]*@/, `//${hidden}@`) : value;
}

/** Every text of a value. */
function maskAll(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(maskAll);
  if (typeof value !== "object" || value === null) return hidden;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskAll(inner)]));
}

/** What stands under a key that sounds secret: docker's `auth`, environment with tokens. */
function maskKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(maskKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, secretKey.test(key) ? maskAll(inner) : maskKeys(inner)]),
  );
}
