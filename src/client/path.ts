import { refuse } from "../core/errors/refuse.js";

/**
 * A path of the API below `/v1`: what is filled in becomes one segment, whatever characters it has.
 *
 * Refused is what no encoding keeps apart from the path itself: an empty name (`DELETE /job/` is another call), `.` and `..`.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function path(texts: TemplateStringsArray, ...names: readonly (string | number)[]): string {
  return texts.reduce((whole, text, at) => `${whole}${segment(names[at - 1] ?? "", texts[at - 1])}${text}`);
}

function segment(name: string | number, before = ""): string {
  const text = String(name);
  const what = `the name after ${before}`;
  if (text === "") throw refuse(what, "it is empty", "Give the ID or name of what is meant.");
  if (text === "." || text === "..") throw refuse(what, `it is "${text}"`, "No URL can carry that name.");
  return encodeURIComponent(text);
}
