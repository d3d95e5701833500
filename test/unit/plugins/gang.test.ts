import { describe, expect, it } from "vitest";
import { composeJob } from "../../support/compose.js";

const place = { name: "mf-abc", index: 2, size: 3 };

describe("gang", () => {
  it("gives a node a port, a service and the list of nodes", () => {
    const group = composeJob({ gang: place }).TaskGroups[0];
    expect(group.Networks).toEqual([{ DynamicPorts: [{ Label: "metaflow_gang" }] }]);
    expect(group.Services).toEqual([{ Name: "mf-abc", Provider: "nomad", PortLabel: "metaflow_gang", Tags: ["2"] }]);
    const [template] = group.Tasks[0].Templates ?? [];
    expect(template?.EmbeddedTmpl).toBe(
      '{{ range nomadService "mf-abc" }}{{ index .Tags 0 }} {{ .Address }} {{ .Port }}{{ "\\n" }}{{ end }}',
    );
  });

  it("has docker publish the port, and adds nothing where there is no gang", () => {
    const asked = { driver: "docker", image: "busybox:1", driverConfig: { ports: ["own"] } };
    expect(composeJob({ ...asked, gang: place }).TaskGroups[0].Tasks[0].Config["ports"]).toEqual([
      "own",
      "metaflow_gang",
    ]);
    expect(composeJob(asked).TaskGroups[0]).not.toHaveProperty("Networks");
  });
});
