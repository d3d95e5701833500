import { setImmediate as settled } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Turns } from "../../../src/core/logs/turns.js";

const never = new AbortController().signal;

/** Asks for a turn and notes its name when it has come. */
function ask(turns: Turns, name: string, came: string[], urgent = false, signal = never) {
  return turns.take(signal, urgent).then((turn) => {
    came.push(name);
    return turn;
  });
}

describe("Turns", () => {
  it("lets so many in at once and the others in order, the urgent first", async () => {
    const [turns, came] = [new Turns(1), [] as string[]];
    const first = await ask(turns, "first", came);
    const others = [ask(turns, "second", came), ask(turns, "third", came), ask(turns, "urgent", came, true)];
    for (const next of [others[2], others[0], others[1]]) {
      await settled();
      const before = came.length;
      (came.length === 1 ? first : await others[came.at(-1) === "urgent" ? 2 : 0])![Symbol.dispose]();
      await next;
      expect(came.length).toBe(before + 1);
    }
    expect(came).toEqual(["first", "urgent", "second", "third"]);
  });

  it("gives a turn back once, however often it is disposed", async () => {
    const [turns, came] = [new Turns(1), [] as string[]];
    const first = await ask(turns, "first", came);
    void ask(turns, "second", came);
    void ask(turns, "third", came);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await settled();
    expect(came).toEqual(["first", "second"]);
    expect(turns.busy).toBe(1);
  });

  it("forgets who does not wait any more", async () => {
    const [turns, came, gone] = [new Turns(1), [] as string[], new AbortController()];
    const first = await ask(turns, "first", came);
    const left = ask(turns, "left", came, false, gone.signal);
    const last = ask(turns, "last", came);
    gone.abort(new Error("not wanted"));
    await expect(left).rejects.toThrow("not wanted");
    first[Symbol.dispose]();
    await last;
    expect(came).toEqual(["first", "last"]);
    await expect(turns.take(gone.signal)).rejects.toThrow("not wanted");
  });

  it("lets more in when it grows, and nobody out when it shrinks", async () => {
    const [turns, came] = [new Turns(1), [] as string[]];
    const first = await ask(turns, "first", came);
    const second = ask(turns, "second", came);
    turns.resize(2);
    await second;
    turns.resize(1);
    void ask(turns, "third", came);
    first[Symbol.dispose]();
    await settled();
    expect(came).toEqual(["first", "second"]);
  });
});
