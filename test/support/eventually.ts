import { setTimeout as sleep } from "node:timers/promises";

/** What the probe returns, once it returns something; 20 s at most. */
export async function eventually<T>(probe: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await probe().catch(() => undefined);
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error("it never came");
}
