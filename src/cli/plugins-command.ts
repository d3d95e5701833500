import { resolve } from "node:path";
import type { Host } from "../core/host/host.js";
import type { Registered } from "../core/host/plugin-registry.js";
import { loadPlugins } from "../core/host/load-plugins.js";
import { provideContracts } from "../core/host/own-contracts.js";
import { LauncherError } from "../core/errors/launcher-error.js";
import { nearest } from "../core/errors/nearest.js";
import { say } from "./say.js";
import { builtinHost, openHostHere } from "./open-host.js";

/** `metaflow-nomad plugins list`: every plugin and what it brings. */
export async function pluginsListCommand(): Promise<number> {
  await using host = await openHostHere();
  for (const [name, registered] of host.plugins) say(`${name}\n${indent(byKind(registered))}`);
  return 0;
}

/** `metaflow-nomad plugins info NAME`: what one plugin brings, one thing a line. */
export async function pluginsInfoCommand(name: string): Promise<number> {
  await using host = await openHostHere();
  const registered = host.plugins.get(name);
  if (registered === undefined) throw unknown(name, host);
  say(`${name}\n${indent(registered.map((one) => `${one.kind} ${one.name}`))}`);
  return 0;
}

/** `metaflow-nomad plugins check PATH`: loads one plugin beside those that come along, as a host would. */
export async function pluginsCheckCommand(
  use: string,
  { options, folder = "." }: { readonly options?: string; readonly folder?: string },
): Promise<number> {
  const entry = { use, required: true, ...(options !== undefined && { options: parseOptions(options) }) };
  await provideContracts();
  const { plugins } = await loadPlugins([entry], resolve(folder, "metaflow-nomad.config.yaml"));
  await using host = builtinHost(plugins);
  const [name = "", registered = []] = [...host.plugins].at(-1) ?? [];
  say(`${name}: ok\n${indent(byKind(registered))}`);
  return 0;
}

function byKind(registered: readonly Registered[]): readonly string[] {
  const kinds = [...new Set(registered.map(({ kind }) => kind))];
  const namesOf = (kind: string) => registered.filter((one) => one.kind === kind).map(({ name }) => name);
  return kinds.length === 0 ? ["nothing"] : kinds.map((kind) => `${kind}: ${namesOf(kind).join(", ")}`);
}

const indent = (lines: readonly string[]) => lines.map((line) => `  ${line}\n`).join("");

function unknown(name: string, { plugins }: Host): LauncherError {
  const near = nearest(name, [...plugins.keys()]);
  const cure = near === undefined ? `There are ${[...plugins.keys()].join(", ")}.` : `Did you mean ${near}?`;
  return new LauncherError("NOMAD_E_REQUEST_INVALID", { field: name, problem: "no such plugin is loaded", cure });
}

function parseOptions(text: string) {
  try {
    return JSON.parse(text) as Record<string, never>;
  } catch (error) {
    const [problem, cure] = [`it is not JSON (${String(error)})`, `Write e.g. '{"name": "value"}'.`];
    throw new LauncherError("NOMAD_E_REQUEST_INVALID", { field: "--options", problem, cure }, { cause: error });
  }
}
