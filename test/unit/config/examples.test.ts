import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { checkConfig } from "../../../src/core/config/check-config.js";
import { textFile } from "../../../src/core/config/config-file.js";
import { configJsonSchema } from "../../../src/core/config/json-schema.js";

const folder = resolve(import.meta.dirname, "../../../config");
const examples = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

describe("config/", () => {
  it("has the example sites", () => {
    expect(examples.sort()).toEqual(["acl.yaml", "dev.yaml", "gpu.yaml", "mtls.yaml", "shared-volume.yaml"]);
  });

  it.each(examples)("%s is valid", (name) => {
    const file = join(folder, name);
    expect(() => checkConfig(textFile(file, readFileSync(file, "utf8")))).not.toThrow();
  });

  it("holds the JSON schema of this version (UPDATE_SCHEMA=1 writes it)", () => {
    const file = join(folder, "schema.json");
    const text = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
    if (process.env["UPDATE_SCHEMA"]) writeFileSync(file, text);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(text));
  });
});
