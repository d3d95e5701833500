import { afterEach, beforeEach, vi } from "vitest";
import type { Agent } from "./cluster/index.mjs";

/** What a command has printed; a test may empty it. */
export interface Said {
  stdout: string;
  stderr: string;
}

/** Each test of the file is a command's user: it has the agent's variables and no others, and hears what is printed. */
export function asUserOf(agent: () => Agent): Said {
  const said: Said = { stdout: "", stderr: "" };
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (/^(METAFLOW_)?NOMAD_/.test(name)) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(agent().env)) vi.stubEnv(name, value);
    for (const stream of ["stdout", "stderr"] as const) {
      said[stream] = "";
      vi.spyOn(process[stream], "write").mockImplementation((text) => {
        said[stream] += typeof text === "string" ? text : Buffer.from(text).toString();
        return true;
      });
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  return said;
}
