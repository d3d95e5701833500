import { describe, expect, it } from "vitest";
import { brokenBy } from "../../../src/core/doctor/doctor.js";
import { describeFinding, fail, ok } from "../../../src/core/doctor/finding.js";
import type { Patient } from "../../../src/core/doctor/patient.js";
import { readProbeOutput } from "../../../src/core/doctor/probe-output.js";
import { probeScript } from "../../../src/core/doctor/probe-script.js";
import { LauncherError } from "../../../src/core/errors/launcher-error.js";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { site } from "../../support/builders.js";

const patient = { site: site({ shared: { path: "/mnt/data" } }) } as Patient;

describe("a finding", () => {
  it("is one line, whatever stands in it", () => {
    expect(describeFinding(ok("reach", "there"))).toBe("ok    reach: there");
    expect(describeFinding(fail("driver", "it says\n  no", "Mend it."))).toBe("fail  driver: it says no. Mend it.");
  });

  it("of an error has its sentence and its hint", () => {
    const error = new LauncherError("NOMAD_E_API_VERSION", { version: "1.4.0", address: "there" });
    expect(brokenBy(error, "version")).toMatchObject({ status: "fail", todo: "Upgrade the cluster." });
    expect(brokenBy(new Error("odd"), "x")).toMatchObject({ check: "x", found: "odd" });
  });
});

describe("the probe's script", () => {
  const run = (plan: Partial<Parameters<typeof probeScript>[0]>) => {
    const script = probeScript({ jobId: "job-1", pythons: ["no-such-python", "python3"], ...plan });
    const cwd = mkdtempSync(join(tmpdir(), "doctor-probe-"));
    const out = execFileSync("bash", ["-c", script], {
      cwd,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", "pipe", "ignore"],
    });
    return { cwd, findings: readProbeOutput(out, patient) };
  };
  const byCheck = (findings: ReturnType<typeof readProbeOutput>) => new Map(findings.map((one) => [one.check, one]));

  it("takes the first interpreter that exists, and says when none does", () => {
    expect(byCheck(run({}).findings).get("probe python")).toMatchObject({
      status: "ok",
      found: expect.stringMatching(/^3\./),
    });
    expect(byCheck(run({ pythons: ["no-such-python"] }).findings).get("probe python")?.status).toBe("fail");
  });

  it("writes to the shared path, leaves nothing there, and tells a missing one from a closed one", () => {
    const shared = mkdtempSync(join(tmpdir(), "doctor shared'"));
    expect(byCheck(run({ shared }).findings).get("probe shared path")?.status).toBe("ok");
    expect(readdirSync(shared)).toEqual([]);
    const absent = byCheck(run({ shared: "/no/such/path" }).findings).get("probe shared path");
    expect(absent).toMatchObject({ status: "fail", found: expect.stringContaining("is not there") });
    const closed = byCheck(run({ shared: "/proc" }).findings).get("probe shared path");
    expect(closed).toMatchObject({ status: "fail", found: expect.stringContaining("may not write") });
  });

  it("fetches as it is told to, and says which of the two failed", () => {
    const fetch = { env: {}, secretEnv: {}, install: "true", download: "echo sample >job.tar" };
    const well = run({ fetch });
    expect(byCheck(well.findings).get("probe storage")?.status).toBe("ok");
    expect(existsSync(join(well.cwd, "doctor/job.tar"))).toBe(true);
    const noClient = byCheck(run({ fetch: { ...fetch, install: "echo no index >&2; false" } }).findings);
    expect(noClient.get("probe storage")?.found).toContain("could not be installed on the node: no index");
    const noStore = byCheck(run({ fetch: { ...fetch, download: "echo one; echo refused >&2; false" } }).findings);
    expect(noStore.get("probe storage")?.found).toMatch(/cannot read .*: refused$/);
  });

  it("lets nothing that others print be taken for a finding", () => {
    expect(
      readProbeOutput("hello\nmetaflow-nomad-doctor nonsense\nmetaflow-nomad-doctor\tother\tok\tx\n", patient),
    ).toEqual([]);
  });
});
