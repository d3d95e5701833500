import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const src = resolve(import.meta.dirname, "../../src");

/** Room -> rooms it may import, and packages only it may use. The first matching room counts. */
const rooms: Record<string, { rooms: string[]; packages: string[] }> = {
  "core/model": { rooms: [], packages: [] },
  "core/errors": { rooms: ["core/model"], packages: [] },
  "core/blocks": { rooms: ["core/model", "core/errors"], packages: [] },
  "core/contracts": { rooms: ["core/model", "core/errors", "core/blocks"], packages: [] },
  "core/config": { rooms: ["core/model", "core/contracts", "core/errors"], packages: ["zod", "cosmiconfig", "yaml"] },
  "core/metrics": { rooms: ["core/model", "core/contracts", "core/errors"], packages: [] },
  "core/watch": { rooms: ["core/model", "core/contracts", "core/errors"], packages: [] },
  "core/logs": { rooms: ["core/model", "core/contracts", "core/errors"], packages: [] },
  "core/launch": { rooms: ["core/model", "core/contracts", "core/errors", "core/watch", "core/logs"], packages: [] },
  "core/survey": {
    rooms: ["core/model", "core/contracts", "core/errors", "core/launch"],
    packages: ["zod"],
  },
  "core/doctor": {
    rooms: ["core/model", "core/contracts", "core/errors", "core/config", "core/launch", "core/survey"],
    packages: [],
  },
  "core/sweep": { rooms: ["core/model", "core/contracts", "core/errors", "core/launch"], packages: [] },
  "core/show": { rooms: ["core/model", "core/contracts", "core/errors", "core/launch"], packages: ["zod"] },
  "core/listing": { rooms: ["core/model", "core/contracts", "core/errors", "core/launch"], packages: [] },
  "core/init": { rooms: ["core/model", "core/contracts", "core/survey"], packages: [] },
  "core/host": { rooms: ["core"], packages: ["tsyringe", "reflect-metadata"] },
  drivers: { rooms: ["core/model", "core/contracts", "core/errors"], packages: ["zod"] },
  transports: { rooms: ["core/model", "core/contracts", "core/errors"], packages: ["undici", "ws", "zod"] },
  plugins: { rooms: ["core/model", "core/contracts", "core/errors", "core/blocks", "drivers"], packages: [] },
  queues: { rooms: ["core/model", "core/contracts", "core/errors"], packages: [] },
  server: { rooms: ["core"], packages: ["zod"] },
  cli: {
    rooms: ["core", "drivers", "transports", "plugins", "queues", "server", "client"],
    packages: ["commander", "pino", "zod", "yaml", "reflect-metadata"],
  },
  client: {
    rooms: [
      "core/model",
      "core/contracts",
      "core/errors",
      "core/blocks",
      "core/config",
      "core/logs",
      // The one clock; it needs nothing of the room it is in.
      "core/host/system-clock.js",
      "transports",
      "queues",
    ],
    packages: ["yaml"],
  },
  testing: {
    // The one clock; it needs nothing of the room it is in.
    rooms: ["core/model", "core/contracts", "core/errors", "core/host/system-clock.js"],
    packages: [],
  },
  "index.ts": { rooms: ["core", "drivers", "transports", "plugins", "queues"], packages: ["reflect-metadata"] },
};

interface Import {
  readonly file: string;
  readonly line: number;
  readonly target: string;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

function importsOf(file: string): Import[] {
  const lines = readFileSync(join(src, file), "utf8").split("\n");
  return lines.flatMap((text, index) => {
    const target = /(?:from|^import) "([^"]+)";/.exec(text)?.[1];
    return target === undefined ? [] : [{ file, line: index + 1, target }];
  });
}

const roomOf = (file: string) => Object.keys(rooms).find((room) => file === room || file.startsWith(`${room}/`));

function breach({ file, line, target }: Import): string | undefined {
  const room = roomOf(file);
  if (room === undefined) return `${file} is in no room`;
  const allowed = rooms[room]!;
  if (target.startsWith("node:")) return undefined;
  if (!target.startsWith(".")) {
    const name = target.split("/", target.startsWith("@") ? 2 : 1).join("/");
    return allowed.packages.includes(name)
      ? undefined
      : `${room} must not import package ${name} (src/${file}:${line})`;
  }
  const other = relative(src, join(src, dirname(file), target));
  const same = other.startsWith(`${room}/`);
  return same || allowed.rooms.some((it) => other === it || other.startsWith(`${it}/`))
    ? undefined
    : `${room} must not import ${other} (src/${file}:${line})`;
}

describe("layers", () => {
  it("finds the source", () => expect(files.length).toBeGreaterThan(30));

  it("keeps every import inside what its room may use", () => {
    expect(
      files
        .flatMap(importsOf)
        .map(breach)
        .filter((found) => found !== undefined),
    ).toEqual([]);
  });

  it("notices a breach", () => {
    expect(breach({ file: "core/launch/x.ts", line: 3, target: "../../transports/plugin.js" })).toBe(
      "core/launch must not import transports/plugin.js (src/core/launch/x.ts:3)",
    );
    expect(breach({ file: "drivers/x.ts", line: 1, target: "undici" })).toBe(
      "drivers must not import package undici (src/drivers/x.ts:1)",
    );
  });
});
