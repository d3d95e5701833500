import { describe, expect, it } from "vitest";
import { composeJob } from "../../support/compose.js";

const place = (index: number) => ({ name: "mf-abc", index, size: 3 });

describe("gang", () => {
  it("gives the first node a port and a service, and every node the first one's address", () => {
    const [first, other] = [composeJob({ gang: place(0) }), composeJob({ gang: place(2) })].map(
      (job) => job.TaskGroups[0],
    );
    expect(first?.Networks).toEqual([{ DynamicPorts: [{ Label: "metaflow_gang" }] }]);
    expect(first?.Services).toEqual([{ Name: "mf-abc", Provider: "nomad", PortLabel: "metaflow_gang" }]);
    expect(other).not.toHaveProperty("Services");
    for (const group of [first, other]) {
      expect(group?.Tasks[0].Env).toMatchObject({ METAFLOW_NOMAD_GANG: "mf-abc", METAFLOW_NOMAD_GANG_SECONDS: "600" });
      expect(group?.Tasks[0].Templates?.[0]?.EmbeddedTmpl).toBe(
        '{{ range nomadService "mf-abc" }}{{ .Address }} {{ .Port }}{{ "\\n" }}{{ end }}',
      );
    }
  });

  it("has docker publish the port, and adds nothing where there is no gang", () => {
    const asked = { driver: "docker", image: "busybox:1", driverConfig: { ports: ["own"] } };
    const [task] = composeJob({ ...asked, gang: place(0) }).TaskGroups[0].Tasks;
    expect(task.Config["ports"]).toEqual(["own", "metaflow_gang"]);
    expect(composeJob(asked).TaskGroups[0]).not.toHaveProperty("Networks");
  });

  it.each([
    ["restart", { restart: { attempts: 1 } }],
    ["reschedule", { reschedule: { attempts: 1 } }],
    ["network", { network: "none" }],
  ])("refuses %s", (field, blocks) => {
    expect(() => composeJob({ gang: place(0), blocks })).toThrow(
      new RegExp(`^${field}: the nodes of a @parallel step`),
    );
  });
});
