import { describe, expect, it } from "vitest";
import { checkConstraint } from "../../../src/drivers/check-constraint.js";
import { createGenericDevices } from "../../../src/drivers/devices/generic.js";
import { createNvidiaDevices } from "../../../src/drivers/devices/nvidia.js";
import { createDockerDriver } from "../../../src/drivers/docker.js";
import { createExecDriver } from "../../../src/drivers/exec.js";
import { createJavaDriver } from "../../../src/drivers/java.js";
import { request, site } from "../../support/builders.js";

describe("docker's image", () => {
  const toConfig = (image?: string) =>
    createDockerDriver().toConfig(request(image === undefined ? {} : { image }), site());

  it.each([
    "python",
    "python:3.12",
    "library/python:3.12-slim_x.y",
    "localhost:5000/a/b__c/d---e:Tag",
    "registry.acme.example/ml/train@sha256:" + "a".repeat(64),
    "[::1]:5000/x:1",
    "ghcr.io/Org-less/x".toLowerCase(),
  ])("%s is one", (image) => expect(toConfig(image).literal["image"]).toBe(image));

  it.each(["Python:3.12", "python:", "a b", "https://docker.io/x", "x:1:2", "-x", "a//b", "x@sha256:12", "${image}"])(
    "%s is none",
    (image) =>
      expect(() => toConfig(image)).toThrow(
        expect.objectContaining({ code: "NOMAD_E_REQUEST_INVALID", message: expect.stringContaining(image) as string }),
      ),
  );

  it("is needed, unless driver_config brings it", () => {
    expect(() => toConfig()).toThrow(/^image: the docker driver needs one/);
    const config = createDockerDriver().toConfig(request({ driverConfig: { image: "${meta.image}" } }), site());
    expect(config).toEqual({
      literal: { entrypoint: ["echo"], args: ["hello"] },
      interpolated: { image: "${meta.image}" },
    });
  });
});

describe("a command", () => {
  const toConfig = (argv: string[]) => createExecDriver().toConfig(request({ argv }), site());

  it.each([
    [[], "there is nothing to run"],
    [[""], "there is nothing to run"],
    [["a", "b\0c"], "argument 1: it contains a NUL"],
    [["a", "x", "\udc00"], "argument 2: it contains half of a surrogate pair"],
    [["a", "x".repeat(131_072)], "argument 1: it is longer than the 131071 bytes"],
  ])("%#", (argv, problem) => expect(() => toConfig(argv)).toThrow(problem));

  it("in decomposed Unicode goes through sh", () => {
    expect(toConfig(["run", "plain é", "e\u0301\n"]).literal).toEqual({
      command: "/bin/sh",
      args: ["-c", `a2=$(printf '\\145\\314\\201\\012x'); exec "\${1}" "\${2}" "\${a2%x}"`, "sh", "run", "plain é", ""],
    });
  });

  it("of java needs a program, in composed Unicode", () => {
    const java = (driverConfig: Record<string, string>, argv = ["java", "x"]) =>
      createJavaDriver().toConfig(request({ driverConfig, argv }), site());
    expect(() => java({})).toThrow("`jar_path` or `class`");
    expect(() => java({ class: "A" }, ["java", "e\u0301"])).toThrow("NFC");
    expect(java({ class: "A" })).toEqual({ literal: { args: ["x"] }, interpolated: { class: "A" } });
  });
});

describe("docker's shared path", () => {
  const shared = { path: "/mnt/m" };
  const config = (driverConfig: Record<string, string[]>, volume?: string) =>
    createDockerDriver().toConfig(
      request({ image: "x", sharedPath: "/mnt/m/data", driverConfig }),
      site({ shared: { ...shared, ...(volume === undefined ? {} : { volume }) } }),
    );

  it("is bound at its own place, beside the user's volumes or mounts", () => {
    expect(config({}).literal["mount"]).toEqual([
      { type: "bind", source: "/mnt/m", target: "/mnt/m", readonly: false },
    ]);
    expect(config({ volumes: ["/a:/b"] })).toMatchObject({
      literal: { mount: [{}] },
      interpolated: { volumes: ["/a:/b"] },
    });
    expect(config({ mount: [] }).literal["volumes"]).toEqual(["/mnt/m:/mnt/m"]);
    expect(() => config({ mount: [], volumes: [] })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("shared.volume") as string }),
    );
  });

  it("is left to the host volume where there is one", () => {
    expect(config({}, "metaflow").literal).not.toHaveProperty("mount");
  });
});

describe("devices", () => {
  const ask = (device: string, over = {}) => ({ device, count: 1, ...over });

  it("knows NVIDIA's, and any other by Nomad's name", () => {
    expect(createNvidiaDevices().claims("nvidia/gpu")).toBe(true);
    expect(createNvidiaDevices().claims("nomad/file/mock")).toBe(false);
    expect(createGenericDevices().claims("nomad/file/mock")).toBe(true);
    expect(createNvidiaDevices().toDevices(ask("nvidia/gpu/Tesla T4", { count: 2 }))).toEqual([
      { Name: "nvidia/gpu/Tesla T4", Count: 2 },
    ]);
    expect(createGenericDevices().toDevices(ask("nomad/file/mock"))).toEqual([{ Name: "nomad/file/mock", Count: 1 }]);
  });

  it.each(["gpu ", "/x", "a/", "a/b/", "", "file"])("%j is no device of another family", (device) =>
    expect(createGenericDevices().claims(device)).toBe(false),
  );

  it("refuses a count or a family that cannot be", () => {
    for (const count of [0, -1, 1.5, Number.NaN]) {
      expect(() => createGenericDevices().toDevices(ask("a/b", { count }))).toThrow(
        expect.objectContaining({ code: "NOMAD_E_REQUEST_DEVICE" }),
      );
    }
    expect(() => createNvidiaDevices().toDevices(ask("nvidia/tpu"))).toThrow("only GPUs");
  });

  it("checks constraints on the device's attributes", () => {
    const constraints = [{ LTarget: "${device.attr.memory}", Operand: ">=", RTarget: "8 GiB" }];
    expect(createNvidiaDevices().toDevices(ask("gpu", { constraints }))).toEqual([
      { Name: "gpu", Count: 1, Constraints: constraints },
    ]);
    for (const wrong of [
      { ...constraints[0], LTarget: "${attr.memory}" },
      { ...constraints[0], Operand: "distinct_hosts" },
    ]) {
      expect(() => createNvidiaDevices().toDevices(ask("gpu", { constraints: [wrong] }))).toThrow(
        "device constraint 1",
      );
    }
  });
});

describe("a constraint", () => {
  it.each([
    [{ Operand: "~=", LTarget: "${attr.x}", RTarget: "1" }, "no operator"],
    [{ Operand: "toString", LTarget: "${attr.x}", RTarget: "1" }, "no operator"],
    [{ Operand: "=", LTarget: "${attr.x}" }, "needs a value"],
    [{ Operand: "=", RTarget: "1" }, "needs an attribute"],
    [{ Operand: "is_set", LTarget: "${attr.x}", RTarget: "1" }, "takes no value"],
    [{ Operand: "=", LTarget: "attr.kernel.name", RTarget: "linux" }, "plain word"],
    [{ Operand: "=", LTarget: "${attr.kernel.name", RTarget: "linux" }, "knows no ${attr.kernel.name"],
    [{ Operand: "=", LTarget: "${kernel.name}", RTarget: "linux" }, "knows no ${kernel.name}"],
    [{ Operand: "=", LTarget: "${device.model}", RTarget: "x" }, "knows no ${device.model}"],
  ])("%j is refused", (ask, problem) => expect(() => checkConstraint(ask, "constraint 1")).toThrow(problem));

  it.each([
    { Operand: "=", LTarget: "${attr.kernel.name}", RTarget: "linux" },
    { Operand: "=", LTarget: "linux", RTarget: "${attr.kernel.name}" },
    { Operand: "version", LTarget: "${attr.nomad.version}", RTarget: ">= 1.7" },
    { Operand: "is_set", LTarget: "${meta.rack}" },
    { Operand: "distinct_hosts" },
    { Operand: "distinct_property", LTarget: "${meta.rack}", RTarget: "2" },
    { Operand: "set_contains_any", LTarget: "${node.class}", RTarget: "a,b" },
  ])("%j passes as it is", (ask) => expect(checkConstraint(ask, "constraint 1")).toEqual(ask));
});
