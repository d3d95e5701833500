/**
 * `metaflow-nomad/contracts`: all that a third party implements, as types, and the few functions a plugin calls. They need no package
 * and nothing of the launcher's, so a plugin's own copy does not differ from the host's.
 */
export type { OutcomeClassifier } from "./classifier.js";
export type { Clock } from "./clock.js";
export type { CommandContext, PluginCommand } from "./command.js";
export type { ConfigFragment } from "./config-fragment.js";
export type { Credentials } from "./credentials.js";
export type { DeviceProvider } from "./device-provider.js";
export type { DriverAsk, DriverPart, FeatureContext, LaunchFeature } from "./feature.js";
export type { Logger } from "./logger.js";
export type { LogMark, LogSink, LogSinkFactory, LogSinkTask, LogStream } from "./log-sink.js";
export type {
  CredentialsFactory,
  OptionsIssue,
  OptionsResult,
  OptionsSchema,
  Plugin,
  PluginRegistrar,
  TransportFactory,
  TransportParts,
  WatcherFactory,
} from "./plugin.js";
export { definePlugin, PLUGIN_API_VERSION } from "./plugin.js";
export type { DriverCapabilities, DriverConfig, DriverDiagnosis, TaskDriver } from "./task-driver.js";
export type { CanExec, ExecCall, ExecIo, TerminalSize } from "./task-exec.js";
export { canExec } from "./task-exec.js";
export type { QueueAddress, QueueSource, QueueSourceFactory } from "./queue-source.js";
export type { MetricsSink } from "./metrics.js";
export type { ApiCall, ApiReply, CanShare, NomadTransport } from "./transport.js";
export { canShare } from "./transport.js";
export type { NomadWatcher, Sighting, WatcherParts, WatchScope } from "./watcher.js";
export type * from "../model/allocation.js";
export type * from "../model/evaluation.js";
export type * from "../model/job.js";
export type * from "../model/json.js";
export type * from "../model/launch-request.js";
export type * from "../model/outcome.js";
export type * from "../model/site.js";
export type * from "../model/metric.js";
export { requestMark } from "../model/request-mark.js";
export { parseReference, type SecretReference } from "../model/secret-reference.js";
export { longestJobIdWithSecrets, secretVariablePath } from "../model/secret-variable.js";
export type { CatalogueEntry, ErrorCode } from "../errors/catalogue.js";
export { type ErrorFacts, LauncherError } from "../errors/launcher-error.js";
export { nearest } from "../errors/nearest.js";
export { checkText, refuse } from "../errors/refuse.js";
/** Reading blocks of the request as users write them: with HCL's names or Nomad's, every mistake named with its place. */
export * as blocks from "../blocks/index.js";
