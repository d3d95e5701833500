import type fc from "fast-check";

/**
 * How often a property is tried, and from which seed. FUZZ_TIMES=20 tries it twenty times as often; FUZZ_SEED repeats a
 * run: fast-check prints the seed of one that failed.
 */
export function fuzz(numRuns: number): Pick<fc.Parameters<never>, "numRuns" | "seed" | "endOnFailure"> {
  const times = Number(process.env["FUZZ_TIMES"] ?? 1);
  const seed = process.env["FUZZ_SEED"];
  // To shrink what opens a host each time would take minutes.
  return {
    numRuns: Math.round(numRuns * times),
    endOnFailure: seed === undefined,
    ...(seed !== undefined && { seed: Number(seed) }),
  };
}
