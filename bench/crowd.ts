import { CountingProxy } from "../test/support/counting-proxy.js";
import { Child } from "./child.ts";
import { type Figure, figure } from "./figures.ts";
import { roomyAgent } from "./lab.ts";
import { cpuSecondsOf, pssMb } from "./processes.ts";

const tasks = 1_000;
/** How long the tasks run: until all have started, and some. */
const taskSeconds = 400;
const settleMs = 15_000;
const measureMs = 30_000;

/** What a host costs that watches a thousand running tasks, once all of them run. */
export async function crowd(): Promise<Figure[]> {
  await using agent = await roomyAgent();
  await using proxy = await CountingProxy.before(agent.httpPort);
  await using host = new Child<{ readonly running: number }>("crowd-host", [proxy.address, tasks, taskSeconds]);
  await host.until(({ running }) => running >= tasks, taskSeconds);
  await pause(settleMs);
  const before = cpuSecondsOf(host.pid);
  await pause(measureMs);
  const cpu = (cpuSecondsOf(host.pid) - before) / (measureMs / 1_000);
  return [
    figure("memory of a host with 1,000 tasks", "MB", pssMb(host.pid), "goal", 150, 1),
    figure("event streams of that host", "", proxy.mostStreams, "goal", 1, 1),
    figure("CPU of that host, settled", "% of a core", cpu * 100, "goal", 10, 1),
    figure("connections of that host, at most", "", proxy.mostOpen, "its site's", 50, 1),
  ];
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
