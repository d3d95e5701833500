import type { MetricLabels, MetricName } from "../model/metric.js";

/** Where the launcher says what it does, in numbers. Never throws, never waits. */
export interface MetricsSink {
  /** Adds to a counter or a gauge. Default: 1. */
  add(name: MetricName, labels: MetricLabels, by?: number): void;
  /** Notes one duration, in seconds. */
  observe(name: MetricName, labels: MetricLabels, seconds: number): void;
  /** A gauge that is read when somebody looks. */
  watch(name: MetricName, labels: MetricLabels, read: () => number): void;
}
