import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepMetricsFile } from "../../../src/server/metrics-file.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";
import { eventually } from "../../support/eventually.js";
import { silentLogger } from "../../support/silent-logger.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "metrics-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the metrics' file", () => {
  it("is replaced again and again, and gone with its host", async () => {
    const clock = new ManualClock();
    const over = new AbortController();
    const file = join(folder, "metaflow-nomad-42.prom");
    let text = "one\n";
    const kept = keepMetricsFile({ folder, pid: 42, text: () => text, clock, logger: silentLogger }, over.signal);
    const says = (wanted: string) => eventually(async () => readFileSync(file, "utf8") === wanted || undefined);
    await says("one\n");
    text = "two\n";
    await eventually(async () => clock.sleeping > 0 || undefined);
    await clock.advance(15_000);
    await says("two\n");
    over.abort();
    await kept;
    expect(readdirSync(folder)).toEqual([]);
  });

  it("that cannot be written is told of once, and harms nobody", async () => {
    const warned: string[] = [];
    const logger = { ...silentLogger, warn: (_fields: object, message: string) => void warned.push(message) };
    const clock = new ManualClock();
    const parts = { folder: join(folder, "nowhere"), pid: 1, text: () => "", clock, logger };
    await keepMetricsFile(parts, new AbortController().signal);
    expect(warned).toEqual(["the metrics could not be written"]);
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });
});
