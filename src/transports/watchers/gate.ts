import type { Sighting } from "../../core/contracts/watcher.js";

/** Holds events back until the first complete list is out: a watch begins with a snapshot. */
export class Gate {
  readonly opened: Promise<void>;
  #open!: () => void;
  #held: Sighting[] | undefined = [];

  constructor(private readonly report: (sighting: Sighting) => void) {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  event(sighting: Sighting): void {
    if (sighting.allocations.length + sighting.evaluations.length === 0) return;
    if (this.#held === undefined) this.report(sighting);
    else this.#held.push(sighting);
  }

  listed(sighting: Sighting): void {
    this.report(sighting);
    for (const held of this.#held ?? []) this.report(held);
    this.#held = undefined;
    this.#open();
  }
}
