import { type MetricLabels, type MetricName, metricFamilies } from "../model/metric.js";

/** One series: a value, or the sum of observations with their count and buckets. */
export interface Series {
  readonly labels: MetricLabels;
  value: number;
  count: number;
  readonly buckets: { readonly bound: number; count: number }[];
}

export interface FamilySeries {
  readonly name: MetricName;
  readonly series: readonly Series[];
}

/** Writes families as text. Source: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md */
export function toOpenMetrics(families: readonly FamilySeries[]): string {
  return `${families.flatMap(linesOf).join("\n")}\n# EOF\n`;
}

function linesOf({ name, series }: FamilySeries): string[] {
  const family: { type: string; unit?: string; help: string } = metricFamilies[name];
  const full = `metaflow_nomad_${name}`;
  const unit = family.unit === undefined ? [] : [`# UNIT ${full} ${family.unit}`];
  const head = [`# TYPE ${full} ${family.type}`, ...unit, `# HELP ${full} ${escape(family.help)}`];
  return [...head, ...series.flatMap((one) => samplesOf(full, family.type, one))];
}

function samplesOf(name: string, type: string, { labels, value, count, buckets }: Series): string[] {
  if (type === "gauge") return [sample(name, labels, value)];
  if (type === "counter") return [sample(`${name}_total`, labels, value)];
  const steps = [...buckets.map((bucket) => [bound(bucket.bound), bucket.count] as const), ["+Inf", count] as const];
  return [
    ...steps.map(([le, below]) => sample(`${name}_bucket`, { ...labels, le }, below)),
    sample(`${name}_sum`, labels, value),
    sample(`${name}_count`, labels, count),
  ];
}

/** Canonical numbers, as the specification wants them: 1 is 1.0. */
const bound = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));

function sample(name: string, labels: MetricLabels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${String(value)}`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
