import { expect, it } from "vitest";
import { findAllocations } from "../../../src/cli/find-allocation.js";
import { fakeTransport } from "../../support/fake-transport.js";

it.each(["", ".", ".."])("nothing is asked for %j: in a URL it would be another call", async (asked) => {
  const somebodys = {
    ID: "ca738862-468a-b0c7-c3bd-0a8eccd9e227",
    JobID: "theirs",
    ClientStatus: "running",
    CreateIndex: 1,
  };
  const transport = fakeTransport({ request: () => [somebodys] });
  const found = findAllocations(asked, { namespace: "default" }, transport, AbortSignal.timeout(10_000));
  await expect(found).rejects.toMatchObject({ code: "NOMAD_E_REQUEST_INVALID" });
  expect(transport.calls).toEqual([]);
});
