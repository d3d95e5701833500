import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { JsonObject } from "../model/json.js";
import { hooksSource } from "./own-contracts.js";

/** Where a plugin hangs, or that it does not. A plugin that fails has ended: the failure is told when it is loaded in earnest. */
export type Trial = "ended" | "import" | "options" | "setup";

/** What the thread does: loads the module and runs the plugin's setup with a registrar that takes everything and does nothing. */
const source = `
import { parentPort, workerData } from "node:worker_threads";
const { url, options } = workerData;
const tell = (stage) => parentPort.postMessage(stage);
try {
  const module = await import(url);
  const all = [module, module.default ?? {}].flatMap((one) => Object.values(one));
  const plugin = all.find((one) => typeof one === "object" && one !== null && "setup" in one && "apiVersion" in one);
  tell("options");
  const read = await plugin.options?.["~standard"].validate(options ?? {});
  tell("setup");
  const nothing = new Proxy(() => undefined, { get: () => nothing });
  if (read?.issues === undefined) plugin.setup(nothing, read?.value);
} catch {}
tell("ended");
`;

/**
 * Tries a plugin in a thread of its own, which is ended when it does not end by itself: a module or a setup that loops for ever cannot
 * be stopped where it runs.
 *
 * @param patienceMs how long to wait, in milliseconds.
 */
export async function tryPlugin(url: string, options: JsonObject | undefined, patienceMs: number): Promise<Trial> {
  const code = new URL(`data:text/javascript,${encodeURIComponent(hooksSource() + source)}`);
  const worker = new Worker(code, { workerData: { url, options }, stdout: true, stderr: true, execArgv: [] });
  let stage: Trial = "import";
  const late = AbortSignal.timeout(patienceMs);
  try {
    const ended = once(worker, "exit", { signal: late });
    worker.on("error", () => (stage = "ended"));
    worker.on("message", (next: Trial) => {
      stage = next;
      if (stage === "ended") void worker.terminate();
    });
    await ended;
    // A module that waits for what never comes lets its thread end, at once.
    return stage;
  } catch {
    return stage;
  } finally {
    await worker.terminate();
  }
}
