import { describe, expect, it } from "vitest";
import { metricFamilies } from "../../../src/core/model/metric.js";
import { Metrics } from "../../../src/core/metrics/metrics.js";
import { read } from "../../support/markdown.js";
import { parseOpenMetrics } from "../../support/parse-open-metrics.js";

const prefix = "metaflow_nomad_";

describe("a host's numbers as OpenMetrics text", () => {
  it("describe every family, also those of which nothing is known yet", () => {
    const found = parseOpenMetrics(new Metrics().text());
    expect([...found.keys()]).toEqual(Object.keys(metricFamilies).map((name) => prefix + name));
    for (const { type, unit, help } of found.values()) {
      expect(help).toMatch(/^[A-Z].*\.$/);
      if (type === "histogram") expect(unit).toBe("seconds");
    }
  });

  it("are all explained in docs/observing.md, and no other", () => {
    const rows = [...read("docs/observing.md").matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(Object.keys(metricFamilies).sort());
  });

  it("add up, in series of their own by label", () => {
    const metrics = new Metrics();
    metrics.add("tasks_ended", { site: "a", outcome: "succeeded" });
    metrics.add("tasks_ended", { outcome: "succeeded", site: "a" });
    metrics.add("tasks_ended", { site: "b", outcome: "lost" });
    metrics.add("log_bytes", { site: "a", stream: "stdout" }, 1_234);
    const found = parseOpenMetrics(metrics.text());
    expect(Object.fromEntries(found.get(`${prefix}tasks_ended`)?.samples ?? [])).toEqual({
      [`${prefix}tasks_ended_total{site="a",outcome="succeeded"}`]: 2,
      [`${prefix}tasks_ended_total{site="b",outcome="lost"}`]: 1,
    });
    expect([...(found.get(`${prefix}log_bytes`)?.samples.values() ?? [])]).toEqual([1_234]);
  });

  it("put durations into buckets that include the smaller ones", () => {
    const metrics = new Metrics();
    for (const seconds of [0.005, 0.2, 3, 10_000]) metrics.observe("notice_seconds", { site: "a" }, seconds);
    const samples =
      parseOpenMetrics(metrics.text()).get(`${prefix}notice_seconds`)?.samples ?? new Map<string, number>();
    const below = (le: string) => samples.get(`${prefix}notice_seconds_bucket{site="a",le="${le}"}`);
    expect(["0.005", "0.1", "0.25", "1.0", "10.0", "600.0", "+Inf"].map(below)).toEqual([1, 1, 2, 2, 3, 3, 4]);
    expect(samples.get(`${prefix}notice_seconds_sum{site="a"}`)).toBeCloseTo(10_003.205);
    expect(samples.get(`${prefix}notice_seconds_count{site="a"}`)).toBe(4);
  });

  it("read gauges when somebody looks", () => {
    const metrics = new Metrics();
    let held = 1;
    metrics.watch("log_streams", { site: "a", read: "followed" }, () => held);
    held = 7;
    expect([...(parseOpenMetrics(metrics.text()).get(`${prefix}log_streams`)?.samples.values() ?? [])]).toEqual([7]);
  });

  it("escape what labels may hold, and leave out a password of an address", () => {
    const metrics = new Metrics();
    metrics.add("retries", { site: 'a "b"\\\n', code: "x" });
    metrics.add("retries", { site: "https://user:pa55@nomad.test:4646", code: "x" });
    const text = metrics.text();
    expect([...(parseOpenMetrics(text).get(`${prefix}retries`)?.samples.keys() ?? [])]).toEqual([
      String.raw`${prefix}retries_total{site="a \"b\"\\\n",code="x"}`,
      `${prefix}retries_total{site="https://nomad.test:4646",code="x"}`,
    ]);
    expect(text).not.toContain("pa55");
  });
});
