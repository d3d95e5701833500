import type { Row } from "./read-rows.js";

/**
 * One line for each pool: its workers, the items they have had, and how many of these found a warm worker. Where rows of
 * more than one site are shown, it says which site's: runs of two sites may have the same number.
 */
export function poolLines(rows: readonly Row[], sites = false): string[] {
  const pools = Map.groupBy(
    rows.filter(({ worker }) => worker !== undefined),
    ({ site, flow, run, step }) => `${[flow, run, step].join("/")}${sites ? ` on ${site}` : ""}`,
  );
  return [...pools].map(([name, workers]) => lineOf(name, workers));
}

function lineOf(name: string, workers: readonly Row[]): string {
  const counts = workers.flatMap(({ worker }) => (worker?.items === undefined ? [] : [worker.items]));
  const items = counts.reduce((sum, count) => sum + count, 0);
  // The first item of each worker waited for its start.
  const first = counts.filter((count) => count > 0).length;
  const warm = items === 0 ? "" : `, ${String(Math.round(((items - first) / items) * 100))} % on a warm worker`;
  const each = items === 0 ? "" : `, ${(items / counts.length).toFixed(1)} each${warm}`;
  const unknown = counts.length < workers.length ? `, of ${String(workers.length - counts.length)} unknown` : "";
  return `pool of ${name}: workers ${String(workers.length)}, items ${String(items)}${each}${unknown}`;
}
