import { existsSync } from "node:fs";

/** Modules that a plugin imports, and their files beside the bundle that the wheel carries. */
const files: Readonly<Record<string, string>> = {
  "metaflow-nomad/contracts": "contracts.mjs",
  "metaflow-nomad/testing": "testing.mjs",
};

/** The modules that come along; empty in the npm package, where Node finds them by itself. */
function ownModules(): Readonly<Record<string, string>> {
  const found = Object.entries(files).map(([name, file]) => [name, new URL(file, import.meta.url)] as const);
  return Object.fromEntries(found.filter(([, url]) => existsSync(url)).map(([name, { href }]) => [name, href]));
}

/** Node 22.15 and newer; an older one leaves a plugin to bring its own copy. */
const source = (modules: string) => `
import * as nodeModule from "node:module";
const own = ${modules};
nodeModule.registerHooks?.({
  resolve(name, context, next) {
    try {
      return next(name, context);
    } catch (error) {
      if (!Object.hasOwn(own, name)) throw error;
      return { url: own[name], shortCircuit: true };
    }
  },
});
`;

/** Code that lets a thread find the contracts that came along; empty where none did. */
export function hooksSource(): string {
  const modules = ownModules();
  return Object.keys(modules).length === 0 ? "" : source(JSON.stringify(modules));
}

let provided: Promise<unknown> | undefined;

/**
 * Lets plugins import `metaflow-nomad/contracts` where only the wheel is installed, and no package of that name can be found.
 * A copy of the plugin's own goes first.
 */
export async function provideContracts(): Promise<void> {
  const code = hooksSource();
  provided ??= code === "" ? Promise.resolve() : import(`data:text/javascript,${encodeURIComponent(code)}`);
  await provided;
}
