// A plugin for metaflow-nomad: a driver for Nomad's java driver, which knows the versions of Java that nodes have.
import { definePlugin, refuse } from "metaflow-nomad/contracts";

/** @param {unknown} value */
const isText = (value) => typeof value === "string" && value !== "";

/** Memory for the JVM's heap, in MB: what the task has, less what the JVM itself needs. @param {number} memory */
const heapOf = (memory) => Math.max(32, memory - 64);

/** @type {import("metaflow-nomad/contracts").TaskDriver} */
export const java = {
  name: "java",
  capabilities: { image: "none", filesystem: "isolated", devices: true, nodeUsers: true, lateLogs: false },
  toConfig(request, { drivers, defaults }) {
    const written = { ...drivers["java"], ...request.driverConfig };
    const [command, ...args] = request.argv;
    if (!command) throw refuse("command", "there is nothing to run", "Write java, then the program's arguments.");
    if (!isText(written["jar_path"]) && !isText(written["class"])) {
      throw refuse("driver_config", "java needs `jar_path` or `class`", "Add one of the two.");
    }
    const memory = request.resources.memory ?? defaults.memory;
    const derived = { args, jvm_options: [`-Xmx${String(heapOf(memory))}m`] };
    const literal = Object.fromEntries(Object.entries(derived).filter(([key]) => !(key in written)));
    const interpolated = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== null));
    return { literal, interpolated };
  },
  explain(events) {
    const text = events.map(({ DisplayMessage = "" }) => DisplayMessage).join("\n");
    const missing = /could not find or load main class (\S+)/i.exec(text)?.[1];
    if (missing === undefined) return undefined;
    const advice = "Check `class` and `class_path`, or that the JAR names its main class.";
    return { kind: "driver-failed", sentence: `Java found no class ${missing}.`, advice, retriable: false };
  },
};

/** Keeps java's tasks on nodes whose Java is new enough. @param {string} oldest @returns {import("metaflow-nomad/contracts").LaunchFeature} */
export const javaNodes = (oldest) => ({
  name: "java-nodes",
  after: ["constraints"],
  contribute(job) {
    if (job.TaskGroups[0].Tasks[0].Driver !== java.name) return job;
    const recent = { LTarget: "${attr.driver.java.version}", Operand: "version", RTarget: `>= ${oldest}` };
    return { ...job, Constraints: [...(job.Constraints ?? []), recent] };
  },
});

/** Options: `{ "oldest": "17" }`. A Standard Schema by hand: no library is needed. */
const options = {
  "~standard": {
    validate: ({ oldest = "11", ...others }) => {
      const stray = Object.keys(others)[0];
      if (stray !== undefined)
        return { issues: [{ message: "there is no such option; there is oldest", path: [stray] }] };
      if (/^\d+(\.\d+)*$/.test(oldest)) return { value: { oldest } };
      return { issues: [{ message: 'must be a version, e.g. "17"', path: ["oldest"] }] };
    },
  },
};

export const javaPlugin = definePlugin({
  name: "metaflow-nomad-java",
  apiVersion: "1",
  options,
  setup(registrar, { oldest }) {
    // The launcher brings a plainer driver of that name along.
    registrar.driver(java, { replaces: "metaflow-nomad/drivers" });
    registrar.feature(javaNodes(oldest));
  },
});
