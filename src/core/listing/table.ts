import { columnsOf, cutTo } from "./columns-of.js";
import { layOut } from "./lay-out.js";
import type { Row } from "./read-rows.js";

/** What a table is made for. */
export interface TableView {
  /** Columns of the terminal; undefined where lines may be as long as they like. */
  readonly width: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether rows of more than one site are shown. */
  readonly sites: boolean;
}

interface Column {
  readonly head: string;
  readonly cell: (row: Row, view: TableView) => string;
  readonly right?: boolean;
  /** Given up where the terminal is narrow, the highest first. */
  readonly spare?: number;
}

const columns: readonly Column[] = [
  { head: "SITE", cell: ({ site }) => site, spare: 3 },
  { head: "TASK", cell: taskOf },
  { head: "STATE", cell: ({ state }) => state },
  { head: "ITEMS", cell: ({ worker }) => itemsOf(worker), right: true, spare: 8 },
  { head: "AGE", cell: ({ submittedAt }, { now }) => ageOf(now - submittedAt), right: true, spare: 1 },
  { head: "CPU MHZ", cell: (row) => ofAsked(row, "cpu"), right: true, spare: 4 },
  { head: "MEMORY MB", cell: (row) => ofAsked(row, "memory"), right: true, spare: 2 },
  { head: "NODE", cell: ({ node }) => node, spare: 5 },
  { head: "USER", cell: ({ user }) => user, spare: 6 },
  { head: "JOB", cell: ({ jobId }) => jobId, spare: 7 },
];

/** The rows as lines: a heading, and one line each. Where they do not fit, columns go first, then the ends of names. */
export function table(rows: readonly Row[], view: TableView): string[] {
  const pools = rows.some(({ worker }) => worker !== undefined);
  const useful = columns.filter(({ head }) => (head === "SITE" ? view.sites : head !== "ITEMS" || pools));
  for (let shown = useful; ; shown = withoutSparest(shown)) {
    const lines = linesOf(shown, rows, view);
    const longest = lines.reduce((most, line) => Math.max(most, columnsOf(line)), 0);
    if (view.width === undefined || longest <= view.width) return lines;
    const { width } = view;
    if (shown.every(({ spare }) => spare === undefined)) return lines.map((line) => cutTo(line, width));
  }
}

function withoutSparest(shown: readonly Column[]): Column[] {
  const most = Math.max(...shown.map(({ spare = 0 }) => spare));
  return shown.filter(({ spare }) => spare !== most);
}

function linesOf(shown: readonly Column[], rows: readonly Row[], view: TableView): string[] {
  const cells = [shown.map(({ head }) => head), ...rows.map((row) => shown.map(({ cell }) => cell(row, view)))];
  return layOut(cells, { right: shown.flatMap((column, at) => (column.right === true ? [at] : [])) });
}

/** A job that is no task of a flow was launched by hand. */
function taskOf({ flow, run, step, task, attempt, jobId, worker }: Row): string {
  if (flow === "") return jobId;
  if (worker !== undefined) return `${[flow, run, step].join("/")}, worker ${worker.number}`;
  const again = attempt === "" || attempt === "0" ? "" : ` (attempt ${attempt})`;
  return `${[flow, run, step, task].join("/")}${again}`;
}

function itemsOf(worker: Row["worker"]): string {
  return worker === undefined ? "" : String(worker.items ?? "?");
}

function ofAsked({ used, asked }: Row, what: "cpu" | "memory"): string {
  if (asked === undefined) return "";
  return `${used === undefined ? "?" : String(Math.round(used[what]))}/${String(asked[what])}`;
}

/** The largest two units: `3d4h`, `4h05m`, `7m12s`, `9s`. */
export function ageOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  const two = (value: number) => String(value).padStart(2, "0");
  if (days > 0) return `${String(days)}d${String(hours % 24)}h`;
  if (hours > 0) return `${String(hours)}h${two(minutes % 60)}m`;
  return minutes > 0 ? `${String(minutes)}m${two(seconds % 60)}s` : `${String(seconds)}s`;
}
