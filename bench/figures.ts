/** One measured figure beside what it is compared with, in the same run. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What it is compared with. */
  readonly beside: string;
  readonly besideValue: number;
  /** `value / besideValue`. */
  readonly ratio: number;
  /** Largest ratio wanted. */
  readonly goal: number;
  readonly met: boolean;
}

/** A figure whose ratio must not exceed the goal. */
export function figure(
  name: string,
  unit: string,
  value: number,
  beside: string,
  besideValue: number,
  goal: number,
): Figure {
  const ratio = value / besideValue;
  return { name, unit, value, beside, besideValue, ratio, goal, met: ratio <= goal };
}

/** The figures as lines of a table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, value, beside, besideValue, ratio, goal, met }) => [
    name,
    `${value.toFixed(2)} ${unit}`,
    `${beside}: ${besideValue.toFixed(2)} ${unit}`,
    `ratio ${ratio.toFixed(2)}`,
    `goal <= ${goal.toFixed(2)}`,
    met ? "met" : "MISSED",
  ]);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).join("\n");
}
