/**
 * One line per running step: what it is doing and for how long already.
 * On a terminal the line is rewritten in place; elsewhere one is printed at the start, every 20 s and at the end.
 */
const EVERY_MS = 20_000;

/**
 * @typedef {object} StepOptions
 * @property {string} [expect] what to be prepared for, such as "about 4 min cold"
 * @property {number} [quietMs] say nothing at all where the step ends within this time
 */

/** @param {string} label the first column, such as "setup" @param {NodeJS.WriteStream} [out] */
export function createProgress(label, out = process.stderr) {
  let open = false;
  const line = (/** @type {string} */ text) => {
    out.write(`${open ? "\r\u001b[2K" : ""}${label}  ${text}\n`);
    open = false;
  };
  const rewrite = (/** @type {string} */ text) => {
    out.write(`\r\u001b[2K${label}  ${text}`.slice(0, (out.columns ?? 80) + 5));
    open = true;
  };
  return {
    line,
    step: (
      /** @type {string} */ what,
      /** @type {string} */ doing,
      /** @type {() => Promise<any>} */ work,
      /** @type {StepOptions} */ options = {},
    ) => step({ line, rewrite, tty: Boolean(out.isTTY) }, what, doing, work, options),
  };
}

/** Says nothing. @returns {Progress} */
export function silentProgress() {
  return { line() {}, step: (_what, _doing, work) => work() };
}

/** @typedef {ReturnType<typeof createProgress>} Progress */

/**
 * @template T
 * @param {{ line(text: string): void, rewrite(text: string): void, tty: boolean }} display
 * @param {string} what @param {string} doing @param {() => Promise<T>} work @param {StepOptions} options
 * @returns {Promise<T>}
 */
async function step(display, what, doing, work, options) {
  const started = Date.now();
  const hint = options.expect ? ` (${options.expect})` : "";
  const running = () => `${what}: ${doing}, ${elapsed(started)} so far${hint}`;
  let timer = setTimeout(begin, options.quietMs ?? 0);
  let spoke = false;
  function begin() {
    spoke = true;
    if (!display.tty) display.line(`${what}: ${doing}${hint}`);
    timer = setInterval(
      () => (display.tty ? display.rewrite(running()) : display.line(running())),
      display.tty ? 1000 : EVERY_MS,
    );
  }
  try {
    const result = await work();
    if (spoke) display.line(`${what}: done in ${elapsed(started)}`);
    return result;
  } catch (error) {
    display.line(`${what}: ${doing} failed after ${elapsed(started)}`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** "45 s" or "3 min 10 s". @param {number} since */
export function elapsed(since) {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
