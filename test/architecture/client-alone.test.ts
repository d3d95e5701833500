import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const src = resolve(import.meta.dirname, "../../src");

/** Packages that a module needs at run time, by itself or by what it imports. */
function packagesOf(file: string, seen = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (seen.has(file)) return packages;
  seen.add(file);
  const text = readFileSync(join(src, file), "utf8").replace(/^(import|export) type [^;]*;/gm, "");
  for (const [, target = ""] of text.matchAll(/(?:from|^import) "([^"]+)";/gm)) {
    if (!target.startsWith(".")) packages.add(target);
    else packagesOf(relative(src, join(src, dirname(file), target)).replace(/\.js$/, ".ts"), seen, packages);
  }
  return packages;
}

describe("metaflow-nomad/client", () => {
  it("can be used alone: nothing of the launcher's composition comes along", () => {
    const packages = [...packagesOf("client/index.ts")].filter((name) => !name.startsWith("node:")).sort();
    expect(packages).toEqual(expect.arrayContaining(["undici", "ws"]));
    for (const other of ["reflect-metadata", "tsyringe", "cosmiconfig", "pino", "commander"])
      expect(packages).not.toContain(other);
  });
});
