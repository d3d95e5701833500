import { describe, expect, it } from "vitest";
import type { PluginRegistrar } from "../../../src/core/contracts/plugin.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { Host } from "../../../src/core/host/host.js";
import { builtinPlugins } from "../../../src/index.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { request, site } from "../../support/builders.js";
import { silentLogger } from "../../support/silent-logger.js";

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return, @typescript-eslint/only-throw-error -- a plugin may be JavaScript, and be wrong in any way */
type Loose = Record<keyof PluginRegistrar, (...args: any[]) => void>;
type Over = Parameters<typeof site>[0];

/** Opens a host with a listed plugin, and composes a job. */
function compose(setup: (on: any) => unknown, over: Over = {}, asked = {}, more: object = {}) {
  const acme = { name: "acme", apiVersion: "1", source: "./acme.mjs", setup, ...more } as never;
  const parts = { sites: { lab: site(over) }, defaultSite: "lab", clock: new ManualClock(), logger: silentLogger };
  const host = new Host({ ...parts, plugins: [...builtinPlugins, acme] });
  return host.site().compose(request(asked)).job;
}
const bad = (): never => {
  throw new Error("boom");
};
const hostile = () => new Proxy({}, { get: bad, has: bad, ownKeys: bad, getPrototypeOf: bad });
const feature =
  (contribute: unknown, more = {}) =>
  (on: Loose) =>
    on.feature({ name: "rule", contribute, ...more });
const driver =
  (toConfig: unknown, more = {}) =>
  (on: Loose) =>
    on.driver({
      name: "acme_exec",
      capabilities: { image: "none", filesystem: "host", devices: true, nodeUsers: false },
      toConfig,
      ...more,
    });
const own = { driver: "acme_exec" };
const circle = () => {
  const one: Record<string, unknown> = {};
  one["self"] = one;
  return one;
};
const gpu = { resources: { gpu: { count: 1, device: "acme/gpu" } } };
const oddError = () => {
  const e = new Error("x");
  Object.defineProperty(e, "message", { get: bad });
  throw e;
};

const cases: [string, (on: Loose) => unknown, Over?, object?, object?][] = [
  ["a job whose parts throw", feature(() => ({ get TaskGroups() { return bad(); } }))],
  ["a job that is a hostile proxy", feature(hostile)],
  ["a promise of a job", feature(async (job: unknown) => job)],
  ["a job without tasks", feature((job: object) => ({ ...job, TaskGroups: [] }))],
  ["a job whose group has no tasks", feature((job: object) => ({ ...job, TaskGroups: [{}] }))],
  ["another job's ID", feature((job: object) => ({ ...job, ID: "other" }))],
  ["a job with a circle", feature((job: object) => ({ ...job, Meta: circle() }))],
  ["a job with a bigint", feature((job: object) => ({ ...job, Priority: 5n }))],
  ["a job with a getter", feature((job: object) => ({ ...job, get Meta() { return bad(); } }))],
  ["a symbol thrown", feature(() => { throw Symbol("x"); })],
  ["undefined thrown", feature(() => { throw undefined; })],
  ["an error whose message throws", feature(oddError)],
  ["an error whose message is a number", feature(() => { throw Object.assign(new Error("x"), { message: 7 }); })],
  ["an error of an unknown code", feature(() => { throw new LauncherError("NOMAD_E_NONE" as never, {}); })],
  ["endless recursion", feature(function again(): unknown { return again(); })],
  ["after of another type", feature((job: unknown) => job, { after: 7 })],
  ["after that throws", feature((job: unknown) => job, { get after() { return bad(); } })],
  ["config that throws", driver(() => ({ get literal() { return bad(); } })), {}, own],
  ["a literal with a circle", driver(() => ({ literal: circle() })), {}, own],
  ["a literal with a hostile proxy", driver(() => ({ literal: { x: hostile() } })), {}, own],
  ["a literal with a bigint", driver(() => ({ literal: { x: 1n } })), {}, own],
  ["capabilities that throw", driver(() => ({ literal: {} }), { get capabilities() { return bad(); } }), {}, own],
  ["capabilities that are empty", driver(() => ({ literal: {} }), { capabilities: null }), {}, own],
  ["a hostile driver", (on) => on.driver(hostile()), {}, own],
  ["a name that throws", (on) => on.driver({ get name() { return bad(); } })],
  ["a hostile feature", (on) => on.feature(hostile())],
  ["devices that throw late", (on) => on.device({ name: "d", claims: () => true, toDevices: () => [hostile()] }), {}, gpu],
  ["an infinite count", (on) => on.device({ name: "d", claims: () => true, toDevices: () => [{ Name: "x", Count: Infinity }] }), {}, gpu],
  ["a transport that is nothing", (on) => on.transport("t", () => undefined), { transport: "t" }],
  ["a transport that is empty", (on) => on.transport("t", () => ({})), { transport: "t" }],
  ["a transport that throws", (on) => on.transport("t", bad), { transport: "t" }],
  ["credentials that are text", (on) => on.credentials("c", () => "token")],
  ["credentials that are hostile", (on) => on.credentials("c", hostile)],
  ["credentials that throw", (on) => on.credentials("c", bad)],
  ["a schema that throws", (on) => on.config({ key: "acme", schema: { "~standard": { validate: bad } } }), { extensions: { acme: 1 } }],
  ["a schema that answers nothing", (on) => on.config({ key: "acme", schema: { "~standard": { validate: () => undefined } } }), { extensions: { acme: 1 } }],
  ["a schema that is none", (on) => on.config({ key: "acme", schema: {} }), { extensions: { acme: 1 } }],
  ["other drivers that throw", (on) => on.otherDrivers(bad), {}, { driver: "nothing" }],
  ["a thenable from its setup", () => ({ then: () => undefined })],
  ["no function in its registrar", (on) => (on as any).nothing()],
  ["nothing registered", (on) => on.driver(undefined)],
  ["metrics of the wrong kind", (on) => on.metrics("m", { add: 1 })],
  ["requires of another type", () => undefined, {}, {}, { requires: 7 }],
  ["requires with a hostile thing", () => undefined, {}, {}, { requires: [hostile()] }],
]; // prettier-ignore

describe("a plugin with", () => {
  it.each(cases)("%s is named, and nothing is submitted", (_what, setup, over, asked, more) => {
    let said: unknown = "nothing was refused";
    try {
      const job = compose(setup as never, over, asked, more);
      said = `it went on: ${JSON.stringify(job).slice(0, 80)}`;
    } catch (error) {
      said = error;
    }
    expect(String(said)).toMatch(/acme/);
    expect(said).toBeInstanceOf(LauncherError);
  });
});
