import type fc from "fast-check";

const given = process.env["FUZZ_SEED"];
/** The same for all properties of a test file. */
const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
process.stdout.write(`[fuzz] FUZZ_SEED=${seed}\n`);

/**
 * How often a property is tried, and from which seed, which is printed. FUZZ_TIMES=20 tries it twenty times as often;
 * FUZZ_SEED repeats a run, and then looks for the smallest example of what fails.
 */
export function fuzz(numRuns: number): Pick<fc.Parameters<never>, "numRuns" | "seed" | "endOnFailure"> {
  const times = Number(process.env["FUZZ_TIMES"] ?? 1);
  // To shrink what opens a host each time would take minutes.
  return { numRuns: Math.round(numRuns * times), seed, endOnFailure: given === undefined };
}
