import { describe, expect, it } from "vitest";
import {
  isProvablyDead,
  readSubmitter,
  type Submitter,
  submitterOf,
  writeSubmitter,
} from "../../../src/core/sweep/submitter.js";

const here: Submitter = {
  host: "lab",
  machine: "3d12",
  boot: "6c5c7fce-f1d9",
  pidns: "4026531836",
  pid: "812",
  start: "5150",
  uid: "1000",
};
const when = { submittedAt: 2_000, bootedAt: 1_000 };
const nobody = () => Promise.resolve(undefined);
const started = (start: string) => () => Promise.resolve(start);

describe("a submitter", () => {
  it("is written to a job's meta and read from it", () => {
    const text = writeSubmitter(here);
    expect(text).toBe("host=lab machine=3d12 boot=6c5c7fce-f1d9 pidns=4026531836 pid=812 start=5150 uid=1000");
    expect(readSubmitter(text)).toEqual(here);
    expect(readSubmitter(writeSubmitter({ ...here, machine: "" }))).toEqual({ ...here, machine: "" });
  });

  it.each([undefined, "", "host=lab", "host=lab machine=3d12 boot=6c5c7fce-f1d9 pidns=1 pid=812 start=5150"])(
    "is not read from %j",
    (text) => expect(readSubmitter(text)).toBeUndefined(),
  );

  it("is this process", async () => {
    const own = await submitterOf();
    expect(own?.pid).toBe(String(process.pid));
    expect(await isProvablyDead(own!, own!, when)).toBe(false);
    // No process has this number: /proc/sys/kernel/pid_max is at most 2^22.
    expect(await isProvablyDead({ ...own!, pid: "4194305" }, own!, when)).toBe(true);
  });
});

describe("a submitter is provably dead", () => {
  it("when its process is gone, or its number belongs to another one", async () => {
    expect(await isProvablyDead(here, here, when, nobody)).toBe(true);
    expect(await isProvablyDead(here, here, when, started("5151"))).toBe(true);
    expect(await isProvablyDead(here, here, when, started("5150"))).toBe(false);
  });

  it("never when the process cannot be looked at", async () => {
    const tooManyFiles = () => Promise.reject(new Error("EMFILE"));
    expect(await isProvablyDead(here, here, when, tooManyFiles)).toBe(false);
  });

  it("when the machine was started anew since", async () => {
    const before = { submittedAt: 500, bootedAt: 1_000 };
    expect(await isProvablyDead({ ...here, boot: "other" }, here, before, started("5150"))).toBe(true);
    // Whoever does not say when it was submitted has not asked for this.
    expect(await isProvablyDead({ ...here, boot: "other" }, here, undefined, started("5150"))).toBe(false);
    // Submitted after our start, and not by us: another machine has our name and ID.
    expect(await isProvablyDead({ ...here, boot: "other" }, here, when, started("5150"))).toBe(false);
  });

  it.each([
    ["another machine", { host: "other" }],
    ["another machine of the same name", { machine: "9f" }],
    ["another user", { uid: "1001" }],
    ["another container of the machine", { pidns: "4026532000" }],
    ["another container of an earlier start", { boot: "other", pidns: "4026532000" }],
    ["a machine without an ID, started anew", { boot: "other", machine: "" }],
  ])("never when it is %s", async (_what, other) => {
    const own = "machine" in other && other.machine === "" ? { ...here, machine: "" } : here;
    const before = { submittedAt: 500, bootedAt: 1_000 };
    expect(await isProvablyDead({ ...here, ...other }, own, before, nobody)).toBe(false);
  });
});
