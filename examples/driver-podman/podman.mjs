// A plugin for metaflow-nomad: the podman task driver, and a feature that keeps its tasks off old nodes.
import { definePlugin, LauncherError } from "metaflow-nomad/contracts";

const refuse = (field, problem, cure) => new LauncherError("NOMAD_E_REQUEST_INVALID", { field, problem, cure });

/** @type {import("metaflow-nomad/contracts").TaskDriver} */
export const podman = {
  name: "podman",
  capabilities: {
    image: "required",
    filesystem: "isolated",
    hostPaths: true,
    devices: false,
    nodeUsers: false,
    containerUsers: true,
  },
  toConfig(request, { drivers, shared }) {
    const written = { ...drivers["podman"], ...request.driverConfig };
    const [command, ...args] = request.argv;
    if (!command) throw refuse("command", "there is nothing to run", "Give the program and its arguments.");
    if (!request.image && !written["image"]) throw refuse("image", "podman needs one", "Set image=.");
    const bind = request.sharedPath && shared && !shared.volume ? [`${shared.path}:${shared.path}`] : [];
    const derived = { image: request.image ?? "", command, args, ...(bind.length > 0 && { volumes: bind }) };
    const literal = Object.fromEntries(Object.entries(derived).filter(([key]) => !(key in written)));
    const interpolated = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== null));
    return { literal, interpolated };
  },
  explain(events, { image = "the image" }) {
    const text = events.map((event) => event.DisplayMessage ?? "").join("\n");
    const why = /(?:unable to pull|failed to create) image[^\n]*/.exec(text)?.[0];
    if (why === undefined) return undefined;
    const advice = "Check the image's name, and that the node may pull it.";
    return { kind: "image-pull", sentence: `${image} could not be pulled: ${why}.`, advice, retriable: true };
  },
};

/** @type {import("metaflow-nomad/contracts").LaunchFeature} */
export const podmanNodes = {
  name: "podman-nodes",
  after: ["constraints"],
  contribute(job) {
    if (job.TaskGroups[0].Tasks[0].Driver !== podman.name) return job;
    const recent = { LTarget: "${attr.driver.podman.version}", Operand: "semver", RTarget: ">= 4.0.0" };
    return { ...job, Constraints: [...(job.Constraints ?? []), recent] };
  },
};

export const podmanPlugin = definePlugin({
  name: "metaflow-nomad-podman",
  apiVersion: "1",
  setup(registrar) {
    registrar.driver(podman);
    registrar.feature(podmanNodes);
  },
});
