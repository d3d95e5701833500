import { execFileSync } from "node:child_process";

/** Group of the agents that can be cut off: nobody else's. */
export const cutOffGroup = 54_399;
const rule = ["OUTPUT", "-o", "lo", "-p", "tcp", "-m", "owner", "--gid-owner", String(cutOffGroup), "-j", "DROP"];

/** Loses what the clients of the lab send, also on connections that are open: Nomad's servers hear nothing of them. Needs root. */
export class PacketFilter implements Disposable {
  constructor() {
    this.heal();
  }

  cut(): void {
    execFileSync("iptables", ["-w", "-A", ...rule]);
  }

  /** Takes all rules away, also those of a test that was killed. */
  heal(): void {
    try {
      for (;;) execFileSync("iptables", ["-w", "-D", ...rule], { stdio: "ignore" });
    } catch {
      // There is none any more.
    }
  }

  [Symbol.dispose](): void {
    this.heal();
  }
}
