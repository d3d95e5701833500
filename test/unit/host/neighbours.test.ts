import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Neighbours } from "../../../src/core/host/neighbours.js";
import { ManualClock } from "../../../src/testing/manual-clock.js";

let root = "";
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "mfn-neighbours-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function open(address: string, clock = new ManualClock()) {
  const counts: number[] = [];
  return { clock, counts, host: new Neighbours(address, clock, (hosts) => counts.push(hosts), root) };
}

async function until(check: () => boolean) {
  for (let tries = 0; tries < 200 && !check(); tries += 1) await sleep(20);
  expect(check()).toBe(true);
}

describe("Neighbours", () => {
  it("tells hosts of one address how many they are, when one comes and when one goes", async () => {
    const [first, second, other] = [open("http://a:1"), open("http://a:1"), open("http://b:1")];
    await until(() => first.counts.at(-1) === 2 && second.counts.at(-1) === 2);
    await second.host[Symbol.asyncDispose]();
    await until(() => first.counts.at(-1) === 1);
    expect(other.counts).toEqual([]);
    await first.host[Symbol.asyncDispose]();
    await other.host[Symbol.asyncDispose]();
    expect(readdirSync(root).flatMap((folder) => readdirSync(join(root, folder)))).toEqual([]);
  });

  it("forgets a host that died without a word", async () => {
    const { clock, counts, host } = open("http://a:1");
    const [folder = ""] = readdirSync(root);
    writeFileSync(join(root, folder, "999999999-dead"), "");
    await clock.advance(31_000);
    await until(() => readdirSync(join(root, folder)).length === 1);
    expect(counts.at(-1) ?? 1).toBe(1);
    await host[Symbol.asyncDispose]();
  });

  it("believes itself alone where it cannot write", async () => {
    writeFileSync(join(root, "file"), "");
    const counts: number[] = [];
    const host = new Neighbours("http://a:1", new ManualClock(), (hosts) => counts.push(hosts), join(root, "file"));
    await host[Symbol.asyncDispose]();
    expect(counts).toEqual([]);
  });
});
