import type { Sighting } from "../contracts/watcher.js";

/** A sighting by job: each job gets what is about it, and is not bothered with the rest. Among a thousand jobs that matters. */
export function byJob(sighting: Sighting): ReadonlyMap<string, Sighting> {
  const { index, allocations, evaluations, complete, unreadable } = sighting;
  const [allocationsOf, evaluationsOf] = [grouped(allocations), grouped(evaluations)];
  const ids = new Set([
    ...allocationsOf.keys(),
    ...evaluationsOf.keys(),
    ...(complete ?? []),
    ...(unreadable?.keys() ?? []),
  ]);
  const own = (id: string): Sighting => ({
    index,
    allocations: allocationsOf.get(id) ?? [],
    evaluations: evaluationsOf.get(id) ?? [],
    ...(complete?.has(id) === true && { complete: new Set([id]) }),
  });
  return new Map([...ids].map((id) => [id, own(id)]));
}

function grouped<T extends { readonly JobID: string }>(items: readonly T[]): Map<string, T[]> {
  return Map.groupBy(items, ({ JobID }) => JobID);
}
