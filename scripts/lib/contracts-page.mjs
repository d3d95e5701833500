/** The reference in docs/contracts.md, written from the TSDoc of `metaflow-nomad/contracts`. */
import { readContracts } from "./contracts.mjs";
import { SetupError } from "./errors.mjs";

const BEGIN = "<!-- reference: written by `npm run docs` from src/core/contracts -->\n";
const END = "<!-- end of reference -->\n";

/** Sections by the file a thing is declared in, in the order in which they stand on the page. */
const SECTIONS = [
  ["The plugin", /contracts\/plugin\.ts$/],
  ["Task drivers", /contracts\/task-driver\.ts$/],
  ["Devices", /contracts\/device-provider\.ts$/],
  ["Features", /contracts\/feature\.ts$/],
  ["Transports", /contracts\/(transport|task-exec)\.ts$/],
  ["Watchers", /contracts\/watcher\.ts$/],
  ["Credentials", /contracts\/credentials\.ts$/],
  ["Classifiers", /contracts\/classifier\.ts$/],
  ["Log sinks", /contracts\/log-sink\.ts$/],
  ["Metrics", /contracts\/metrics\.ts$|model\/metric\.ts$/],
  ["Queue sources", /contracts\/queue-source\.ts$/],
  ["Commands", /contracts\/command\.ts$/],
  ["Configuration", /contracts\/config-fragment\.ts$/],
  ["Time and log", /contracts\/(clock|logger)\.ts$/],
  ["Errors", /errors\//],
  ["Reading blocks", /blocks\//],
  ["Data", /model\//],
];

/** The page with its reference written anew. @param {string} page */
export function contractsPage(page) {
  const [before, rest] = page.split(BEGIN);
  const [, after] = (rest ?? "").split(END);
  if (after === undefined) throw new SetupError("docs/contracts.md has lost the marks around its reference.");
  const all = readContracts();
  const stray = all.filter(({ file }) => !SECTIONS.some(([, files]) => /** @type {RegExp} */ (files).test(file)));
  if (stray.length > 0)
    throw new SetupError(`No section of docs/contracts.md takes ${stray.map(({ name }) => name).join(", ")}.`);
  const taken = new Set();
  const sections = SECTIONS.map(([title, files]) => {
    const own = all.filter((one) => !taken.has(one) && /** @type {RegExp} */ (files).test(one.file));
    own.forEach((one) => taken.add(one));
    return `\n### ${title}\n${own.map(describe).join("")}`;
  });
  return `${before}${BEGIN}${sections.join("")}\n${END}${after}`;
}

/** @param {import("./contracts.mjs").Declared} declared */
function describe({ name, doc, text, members }) {
  const head = `\n#### \`${name}\`\n\n${prose(doc)}\n`;
  if (members.length === 0) return `${head}\n\`${text.replace(/^export (declare )?/, "").replace(/;$/, "")}\`\n`;
  const rows = members.map((one) => `| \`${cell(one.text.replace(/;$/, ""))}\` | ${cell(prose(one.doc))} |\n`);
  return `${head}\n| member | |\n|---|---|\n${rows.join("")}`;
}

/** @param {string} doc */
const prose = (doc) =>
  doc
    .replace(/^@(\w+)/gm, "**$1**")
    .replaceAll(/\s*\n+\s*/g, "\n")
    .replaceAll("\n", " ")
    .replaceAll("*/", "*/")
    .trim();
/** @param {string} text */
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
