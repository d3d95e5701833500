import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/contracts/clock.js";
import type { Logger } from "../core/contracts/logger.js";

/** Pause between two writings, in milliseconds: as often as Prometheus usually looks. */
const everyMs = 15_000;

export interface MetricsFileParts {
  /** Folder of node_exporter's textfile collector. */
  readonly folder: string;
  /** Tells this host's file from those of others: its process. */
  readonly pid: number;
  readonly text: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps a host's numbers in a file until the signal aborts, then removes it. A folder that cannot be written to is told of once. */
export async function keepMetricsFile(parts: MetricsFileParts, signal: AbortSignal): Promise<void> {
  const file = join(parts.folder, `metaflow-nomad-${String(parts.pid)}.prom`);
  try {
    while (!signal.aborted) {
      await replace(file, parts.text());
      await parts.clock.sleep(everyMs, signal).catch(() => undefined);
    }
  } catch (error) {
    parts.logger.warn({ file, error: String(error) }, "the metrics could not be written");
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

/** Whoever reads the folder meanwhile sees the old file or the new one, whole; the collector takes *.prom only. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o644 });
  await rename(`${file}.new`, file);
}
