// A launch host of its own process with many mock tasks: `crowd-host ADDRESS COUNT SECONDS`. Says when all run.
import { deafSink, mockTask, openBenchHost } from "./lab.ts";

const [address = "", count = "0", seconds = "0"] = process.argv.slice(2);
const stop = new AbortController();
process.once("SIGTERM", () => {
  stop.abort(new Error("measured"));
  setTimeout(() => process.exit(0), 20_000).unref();
});
const host = openBenchHost(address);
let running = 0;
const launches = Array.from({ length: Number(count) }, (_, index) => {
  const report = ({ kind }: { readonly kind: string }) => {
    if (kind === "started") process.stdout.write(`${JSON.stringify({ running: (running += 1) })}\n`);
  };
  const request = mockTask(`crowd-${String(index)}`, Number(seconds));
  return host.site().launch({ request, sink: deafSink, report, signal: stop.signal });
});
await Promise.allSettled(launches);
await host[Symbol.asyncDispose]();
process.exit(0);
