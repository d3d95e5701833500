import type { InjectionToken } from "tsyringe";
import type { Clock as ClockContract } from "../contracts/clock.js";
import type { Logger as LoggerContract } from "../contracts/logger.js";
import type { NomadTransport as TransportContract } from "../contracts/transport.js";
import type { Site as SiteModel } from "../model/site.js";
import type { ConnectionBudget as ConnectionBudgetClass } from "../logs/connection-budget.js";
import type { Metrics as MetricsClass } from "../metrics/metrics.js";
import type { PluginRegistry as PluginRegistryClass } from "./plugin-registry.js";
import type { Watch as WatchClass } from "./watch.js";

const token = <T>(name: string): InjectionToken<T> => Symbol.for(`metaflow-nomad.${name}`);

/** Every injectable thing, in one list: a type and a token of the same name. */
export type Clock = ClockContract;
export const Clock: InjectionToken<Clock> = token("clock");

export type Logger = LoggerContract;
export const Logger: InjectionToken<Logger> = token("logger");

export type Metrics = MetricsClass;
export const Metrics: InjectionToken<Metrics> = token("metrics");

export type PluginRegistry = PluginRegistryClass;
export const PluginRegistry: InjectionToken<PluginRegistry> = token("pluginRegistry");

export type Site = SiteModel;
export const Site: InjectionToken<Site> = token("site");

export type Transport = TransportContract;
export const Transport: InjectionToken<Transport> = token("transport");

export type ConnectionBudget = ConnectionBudgetClass;
export const ConnectionBudget: InjectionToken<ConnectionBudget> = token("connectionBudget");

export type Watch = WatchClass;
export const Watch: InjectionToken<Watch> = token("watch");
