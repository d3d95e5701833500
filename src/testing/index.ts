/** `metaflow-nomad/testing`: what a plugin's author checks drivers, transports and watchers with, under any test runner. */
export type { ConformanceCase } from "./conformance-jobs.js";
export { type DriverSubject, driverConformance } from "./driver-conformance.js";
export { ManualClock } from "./manual-clock.js";
export { type TransportSubject, transportConformance } from "./transport-conformance.js";
export { type WatcherSubject, watcherConformance } from "./watcher-conformance.js";
