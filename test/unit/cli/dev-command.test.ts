import { describe, expect, it } from "vitest";
import { devCommand } from "../../../src/cli/dev-command.js";

describe("metaflow-nomad dev", () => {
  it.each(["0", "-1", "4646.5", "http", "", "65534", "1e4"])("refuses the port %j in one sentence", async (port) => {
    await expect(devCommand({ port })).rejects.toMatchObject({
      message: expect.stringContaining("is no port"),
      hint: "Give a whole number from 1 to 65533, e.g. 4646.",
    });
  });
});
