/**
 * A signal that aborts when the process is asked to end.
 *
 * @param options.twice a second signal ends the process at once: what is still owed is left to the next sweep.
 * @param options.stdin also when standard input closes: whoever started this process is then gone.
 */
export function untilInterrupted(options: { readonly stdin?: boolean; readonly twice?: boolean } = {}): AbortSignal {
  const controller = new AbortController();
  const stop = (why: string) => controller.abort(new Error(why));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => (options.twice === true && controller.signal.aborted ? process.exit(130) : stop(signal)));
  // `launch … | head`: when nobody reads the output any more, the job is to end too.
  for (const out of [process.stdout, process.stderr]) out.on("error", () => stop("nobody reads the output"));
  if (options.stdin === true) {
    process.stdin.resume();
    process.stdin.once("end", () => stop("standard input closed"));
    process.stdin.once("error", () => stop("standard input broke"));
    process.stdin.unref();
  }
  return controller.signal;
}
