/**
 * `metaflow-nomad/testing`: what a plugin's author checks a plugin with, under any test runner: a kit for every extension point, a fake
 * Nomad that speaks real HTTP, builders.
 */
export * from "./builders.js";
export type { ConformanceCase } from "./conformance-jobs.js";
export { type CredentialsSubject, credentialsConformance } from "./credentials-conformance.js";
export { type DeviceSubject, deviceConformance } from "./device-conformance.js";
export { type DriverSubject, driverConformance } from "./driver-conformance.js";
export type { FakeCluster, FakeEvent, FakeJob } from "./fake/cluster.js";
export { type FakeNomad, type FakeOptions, type Fault, startFakeNomad } from "./fake/fake-nomad.js";
export type { FakeCall } from "./fake/routes.js";
export { type TaskScript, usualScript } from "./fake/task-script.js";
export { type FeatureSubject, featureConformance } from "./feature-conformance.js";
export { ManualClock } from "./manual-clock.js";
export {
  type ClassifierSubject,
  classifierConformance,
  type CommandSubject,
  commandConformance,
  type FragmentSubject,
  fragmentConformance,
  type LogSinkSubject,
  logSinkConformance,
  metricsConformance,
} from "./observer-conformance.js";
export { type PluginSubject, pluginConformance, registeredBy } from "./plugin-conformance.js";
export { type QueueSourceSubject, queueSourceConformance } from "./queue-conformance.js";
export { type TransportSubject, transportConformance } from "./transport-conformance.js";
export { type WatcherSubject, watcherConformance } from "./watcher-conformance.js";
