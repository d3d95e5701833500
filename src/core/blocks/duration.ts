import { refuse } from "../errors/refuse.js";
import type { JsonValue } from "../model/json.js";

const second = 1_000_000_000;
const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1_000,
  ms: 1_000_000,
  s: second,
  m: 60 * second,
  h: 3600 * second,
  d: 86_400 * second,
};
const whole = /^(\d+(\.\d+)?(ns|us|ms|s|m|h|d))+$/;

/**
 * A duration as Nomad's JSON wants it, in nanoseconds: `"90s"`, `"1h30m"`, `"2d"`, or a number of seconds.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function durationOf(value: JsonValue, path: string): number {
  if (typeof value === "number" && value >= 0) return Math.round(value * second);
  if (typeof value === "string" && whole.test(value)) {
    const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|[smhd])/g)];
    return Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0));
  }
  throw refuse(path, `${JSON.stringify(value)} is no duration`, 'Write it like "90s", "1h30m" or "2d", or as seconds.');
}
