/** What one part of the matrix, or of the soak, brought. */
export interface Row {
  readonly name: string;
  readonly real: boolean;
  readonly tasks: number;
  readonly right: number;
  readonly expected: number;
  readonly seen: number;
  readonly left: number;
  readonly minutes: number;
  /** One sentence for each thing that is not as it should be. */
  readonly wrong: readonly string[];
}

const head = ["fault", "parts", "tasks", "right", "lines expected", "seen", "jobs left", "minutes"];

/** The rows as lines of a table, and below it what is wrong. */
export function table(rows: readonly Row[]): string {
  const cells = [head, ...rows.map(cellsOf), totalOf(rows)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...rows.flatMap(({ name, wrong }) => wrong.map((what) => `WRONG  ${name}: ${what}`))].join("\n");
}

/** Whether there is something to tell, and nothing of it is wrong, lost or left. */
export function isClean(rows: readonly Row[]): boolean {
  const fine = ({ wrong, tasks, right, expected, seen, left }: Row) =>
    wrong.length === 0 && tasks > 0 && tasks === right && expected === seen && left === 0;
  return rows.length > 0 && rows.every(fine);
}

function cellsOf(row: Row): string[] {
  return [row.name, row.real ? "real" : "fake", ...figuresOf(row)];
}

function figuresOf(row: Row): string[] {
  return [...[row.tasks, row.right, row.expected, row.seen, row.left].map(String), row.minutes.toFixed(1)];
}

function totalOf(rows: readonly Row[]): string[] {
  const sum = (key: "tasks" | "right" | "expected" | "seen" | "left" | "minutes") =>
    rows.reduce((all, row) => all + row[key], 0);
  const [tasks, right, expected, seen] = [sum("tasks"), sum("right"), sum("expected"), sum("seen")];
  const all: Row = {
    name: "",
    real: true,
    tasks,
    right,
    expected,
    seen,
    left: sum("left"),
    minutes: sum("minutes"),
    wrong: [],
  };
  const real = rows.filter((row) => row.real).length;
  return ["all", `${real} of ${rows.length} real`, ...figuresOf(all)];
}
