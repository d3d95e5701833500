/** When the tasks of a step ended, by what Metaflow's runtime said: in seconds, as the clock had it, in order. */
export function endsOf(output: string, step: string): number[] {
  const lines = output.replaceAll(/\u001b\[[\d;]*m/g, "").split("\n");
  return lines.flatMap((line) => {
    const found = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) \[\d+\/(\w+)\/\d+.*Task finished successfully/.exec(line);
    return found?.[3] === step ? [new Date(`${String(found[1])}T${String(found[2])}`).getTime() / 1000] : [];
  });
}

/** How long the first tasks of a foreach took together, from the end of the step before it on, in seconds. */
export function spanOf(output: string, before: string, step: string, count: number): number {
  return at(endsOf(output, step), count - 1) - at(endsOf(output, before), 0);
}

/** The value at that place; there is none where the flow had fewer tasks. */
export function at(values: readonly number[], index: number): number {
  const found = values[index];
  if (found === undefined) throw new RangeError(`there are ${String(values.length)} ends, not ${String(index + 1)}`);
  return found;
}
