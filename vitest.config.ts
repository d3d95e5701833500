import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Examples import the package by its name, as their readers will.
  resolve: { alias: { "metaflow-nomad/client": resolve(import.meta.dirname, "src/client/index.ts") } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/architecture/**/*.test.ts"],
          setupFiles: ["test/support/setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          // What must have the machine to itself: on cgroups v1 all agents share one set of reserved cores; clusters and crowds.
          name: "alone",
          include: ["test/integration/**/*.alone.test.ts"],
          setupFiles: ["test/support/setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/integration/**/*.int.test.ts"],
          setupFiles: ["test/support/setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // These wait more than they compute: two agents at a time keep two cores half busy.
          maxWorkers: 2,
        },
      },
    ],
  },
});
