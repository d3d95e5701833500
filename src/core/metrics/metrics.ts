import type { MetricsSink } from "../contracts/metrics.js";
import { type MetricLabels, type MetricName, metricFamilies } from "../model/metric.js";
import { type Series, toOpenMetrics } from "./open-metrics.js";

/** Upper bounds of the buckets of durations, in seconds. */
const bounds = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 60, 600];

/** Counters and timings of one host, kept in memory. */
export class Metrics implements MetricsSink {
  readonly #series = new Map<MetricName, Map<string, Series>>();
  readonly #reads: { readonly name: MetricName; readonly labels: MetricLabels; readonly read: () => number }[] = [];

  readonly #others: MetricsSink[] = [];

  /** Tells another sink the same, from now on. */
  alsoTo(sink: MetricsSink): void {
    this.#others.push(sink);
  }

  add(name: MetricName, labels: MetricLabels, by = 1): void {
    for (const other of this.#others) other.add(name, labels, by);
    this.#of(name, labels).value += by;
  }

  observe(name: MetricName, labels: MetricLabels, seconds: number): void {
    for (const other of this.#others) other.observe(name, labels, seconds);
    const series = this.#of(name, labels);
    series.value += seconds;
    series.count += 1;
    for (const bucket of series.buckets) if (seconds <= bucket.bound) bucket.count += 1;
  }

  watch(name: MetricName, labels: MetricLabels, read: () => number): void {
    for (const other of this.#others) other.watch(name, labels, read);
    this.#reads.push({ name, labels, read });
  }

  /** All of it, as OpenMetrics text. */
  text(): string {
    for (const { name, labels, read } of this.#reads) this.#of(name, labels).value = read();
    const names = Object.keys(metricFamilies) as MetricName[];
    return toOpenMetrics(names.map((name) => ({ name, series: [...(this.#series.get(name)?.values() ?? [])] })));
  }

  #of(name: MetricName, labels: MetricLabels): Series {
    const all = this.#series.get(name) ?? new Map<string, Series>();
    this.#series.set(name, all);
    const key = JSON.stringify(Object.entries(labels).sort());
    const known = all.get(key);
    if (known !== undefined) return known;
    const timed = metricFamilies[name].type === "histogram";
    const buckets = (timed ? bounds : []).map((bound) => ({ bound, count: 0 }));
    const clean = Object.entries(labels).map(([label, text]) => [label, withoutUser(text)]);
    const series: Series = { labels: Object.fromEntries(clean) as MetricLabels, value: 0, count: 0, buckets };
    all.set(key, series);
    return series;
  }
}

/** A step's own address is its site's name: a password in it stays here. */
const withoutUser = (text: string) => text.replace(/\/\/[^/@\s]*@/g, "//");
