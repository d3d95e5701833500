import { columnsOf, cutTo } from "./columns-of.js";

export interface Layout {
  /** Which columns end at one edge, as numbers do. */
  readonly right?: readonly number[];
  /** Columns of the terminal; lines that are longer are cut. Default: as long as they like. */
  readonly width?: number | undefined;
}

/** Cells as lines, each column as wide as its widest cell. */
export function layOut(cells: readonly (readonly string[])[], { right = [], width }: Layout = {}): string[] {
  const count = Math.max(0, ...cells.map((line) => line.length));
  const widths = Array.from({ length: count }, (_, at) =>
    cells.reduce((most, line) => Math.max(most, columnsOf(line[at] ?? "")), 0),
  );
  const pad = (text: string, at: number) => {
    const space = " ".repeat((widths[at] ?? 0) - columnsOf(text));
    return right.includes(at) ? space + text : text + space;
  };
  const lines = cells.map((line) => line.map(pad).join("  ").trimEnd());
  return width === undefined ? lines : lines.map((line) => cutTo(line, width));
}
