import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../markdown.js";

interface BuildScript {
  readonly ensureBuilt: (root: string, progress: object) => Promise<void>;
}
interface ProgressScript {
  readonly createProgress: (name: string) => object;
}

/** Packs this package as it is now, and installs the tarball in an empty project. */
export async function openPackedProject(): Promise<PackedProject> {
  const { ensureBuilt } = (await import(join(root, "scripts/lib/build-if-old.mjs"))) as BuildScript;
  const { createProgress } = (await import(join(root, "scripts/lib/progress.mjs"))) as ProgressScript;
  await ensureBuilt(root, createProgress("client"));
  return new PackedProject();
}

/** A project of somebody else's that has installed this package's tarball, and nothing more. Gone when disposed. */
export class PackedProject implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), "mfn-packed-"));

  constructor() {
    const npm = (args: string[], cwd: string) => this.#run("npm", args, cwd);
    const said = npm(["pack", "--silent", "--pack-destination", this.dir], root);
    this.write("package.json", JSON.stringify({ private: true, type: "module" }));
    // What the package needs is in npm's cache, since this repository needs the same.
    npm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--silent", `./${said.trim()}`], this.dir);
    this.#linkTypes();
  }

  /** Packs a folder's package. @returns the tarball. */
  pack(folder: string): string {
    const said = this.#run("npm", ["pack", "--silent", "--pack-destination", this.dir], folder);
    return join(this.dir, said.trim());
  }

  /** Installs tarballs. */
  install(tarballs: readonly string[]): void {
    const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--silent"];
    this.#run("npm", ["install", ...quiet, ...tarballs], this.dir);
    // npm takes away what it has not installed.
    this.#linkTypes();
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.dir, file), text);
  }

  /** Copies a folder's files into the project. */
  take(folder: string): void {
    cpSync(join(root, folder), this.dir, { recursive: true });
  }

  /** Checks the project's types against the packed declarations. @throws with what the compiler says. */
  check(): void {
    this.#run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", this.dir], this.dir);
  }

  /** Runs a module of the project. @returns what it printed. */
  run(file: string, env: Readonly<Record<string, string>>, args: readonly string[] = []): string {
    return this.#run(process.execPath, ["--trace-warnings", file, ...args], this.dir, env);
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  #linkTypes(): void {
    for (const name of ["@types/node", "undici-types"]) this.#link(name);
  }

  #link(name: string): void {
    const place = join(this.dir, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    if (!existsSync(place)) symlinkSync(join(root, "node_modules", name), place);
  }

  #run(command: string, args: string[], cwd: string, env: Readonly<Record<string, string>> = {}): string {
    const { HOME, PATH } = process.env;
    const options = { cwd, env: { HOME, PATH, ...env }, encoding: "utf8", stdio: "pipe" } as const;
    try {
      return execFileSync(command, args, options);
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
    }
  }
}
