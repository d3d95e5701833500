let counter = 0;
let lastMs = Number.NaN;
let lastStamp = "";

/** Starts every line ID of this process, so that two hosts' IDs differ. */
const origin = `${process.pid.toString(36)}${Math.floor(performance.timeOrigin).toString(36)}`;

/**
 * Metaflow's header of a log line: version, UTC time, source, unique ID.
 *
 * Its runtime shows such a line under this time and does not store it again. Lines of one moment are sorted by their IDs
 * when they are read back, as text: hence the zeros.
 * Source: metaflow/mflog/mflog.py `decorate`, `merge_logs`.
 */
export function mflogHeader(now: number): string {
  if (now !== lastMs) {
    lastMs = now;
    lastStamp = `${new Date(now).toISOString().slice(0, -1)}000Z`;
  }
  counter += 1;
  return `[MFLOG|0|${lastStamp}|task|${origin}-${counter.toString(36).padStart(8, "0")}]`;
}
