#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Node keeps what it compiles, in a folder of the user's own: in Node's usual place, `/tmp`, others could put code there that would be run.
 * It takes a third off the start of every command. Where the folder cannot be written, everything works without; NODE_DISABLE_COMPILE_CACHE
 * forbids it.
 */
function keepCompiled(): void {
  try {
    enableCompileCache(join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "metaflow-nomad", "compiled"));
  } catch {
    // Nobody's home is known.
  }
}

keepCompiled();
await import("./run.js");
