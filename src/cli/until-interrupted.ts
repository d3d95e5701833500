/** Whoever read the output has gone: `… | head`. */
class NobodyReads extends Error {}

/** The exit code of a command that was left: as a shell has it for one that SIGINT, or SIGPIPE, ended. */
export const leftCode = ({ reason }: AbortSignal): number => (reason instanceof NobodyReads ? brokenPipeCode : 130);
const brokenPipeCode = 141;

/** What is written after that goes nowhere, without a word; the exit code tells it of a command that did well. */
export function heedClosedPipes(): void {
  let closed = false;
  for (const out of [process.stdout, process.stderr]) out.on("error", () => (closed = true));
  process.on("exit", (code) => {
    if (closed && code === 0) process.exitCode = brokenPipeCode;
  });
}

/**
 * A signal that aborts when the process is asked to end.
 *
 * @param options.twice a second signal ends the process at once: what is still owed is left to the next sweep.
 * @param options.stdin also when standard input closes: whoever started this process is then gone.
 */
export function untilInterrupted(options: { readonly stdin?: boolean; readonly twice?: boolean } = {}): AbortSignal {
  const controller = new AbortController();
  const stop = (why: string) => controller.abort(new Error(why));
  const deaf = () => controller.abort(new NobodyReads("nobody reads the output"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => (options.twice === true && controller.signal.aborted ? process.exit(130) : stop(signal)));
  // `launch … | head`: when nobody reads the output any more, the job is to end too.
  for (const out of [process.stdout, process.stderr]) out.on("error", deaf);
  if (options.stdin === true) {
    process.stdin.resume();
    process.stdin.once("end", () => stop("standard input closed"));
    process.stdin.once("error", () => stop("standard input broke"));
    process.stdin.unref();
  }
  return controller.signal;
}
