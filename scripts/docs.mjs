/**
 * npm run docs: writes what is made from the code: docs/errors.md, from the catalogue of errors; config/schema.json and the
 * table of keys in docs/configuration.md, from the schema of the config file; the reference in docs/contracts.md, from the contracts.
 *   --check   writes nothing; fails when a page is not what it would write
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "./lib/build-if-old.mjs";
import { entry, SetupError } from "./lib/errors.mjs";
import { contractsPage } from "./lib/contracts-page.mjs";
import { configurationPage } from "./lib/configuration-page.mjs";
import { createProgress } from "./lib/progress.mjs";
import { ROOT } from "./lib/root.mjs";

/** @typedef {{ sentence: string, hint: string, retryable: boolean }} Entry */

/** Areas in the order in which a launch meets them: prefix of the codes, title. */
const AREAS = [
  ["CONFIG", "Configuration"],
  ["PLUGIN", "Plugins"],
  ["REQUEST", "The request"],
  ["TRANSPORT", "The way to Nomad"],
  ["API", "Nomad's answers"],
  ["WATCH", "Watching"],
  ["QUEUE", "Queues to scale by"],
  ["LAUNCH", "Launching"],
  ["HOST", "The launch host"],
];

const HEAD = `# Errors

<!-- Written by \`npm run docs\` from src/core/errors/catalogue.ts. -->

Every error of the launcher has a code, a sentence that says what happened to what, and a hint. Words in braces are filled in. How a *task* ended
is not an error but an outcome: [usage.md](usage.md#how-a-task-can-end).

"Passing" says that the same call may succeed later without anybody changing anything; the launcher has then tried several times already.
`;

/** docs/errors.md. @param {Readonly<Record<string, Entry>>} catalogue */
export function errorsPage(catalogue) {
  const known = new Set(AREAS.map(([area]) => area));
  const stray = Object.keys(catalogue).filter((code) => !known.has(areaOf(code)));
  if (stray.length > 0) throw new SetupError(`No area of docs/errors.md takes ${stray.join(", ")}: add one to AREAS.`);
  const areas = AREAS.map(([area, title]) => {
    const entries = Object.entries(catalogue).filter(([code]) => areaOf(code) === area);
    return `\n## ${title}\n${entries.map(describe).join("")}`;
  });
  return `${HEAD}${areas.join("")}`;
}

/** @param {string} code */
const areaOf = (code) => code.split("_")[2] ?? "";

/** @param {[string, Entry]} entry */
function describe([code, { sentence, hint, retryable }]) {
  return `\n### ${code}\n\n${plain(sentence)}\n\n*${plain(hint)}*${retryable ? " (passing)" : ""}\n`;
}

/**
 * The catalogue's text as Markdown: what is filled in stands out, but not inside code, which stands out already.
 * @param {string} text
 */
function plain(text) {
  const mark = (/** @type {string} */ part) => part.replaceAll("*", "\\*").replace(/\{(\w+)\}/g, "`{$1}`");
  return text
    .split("`")
    .map((part, index) => (index % 2 === 0 ? mark(part) : `\`${part}\``))
    .join("");
}

async function main() {
  await ensureBuilt(ROOT, createProgress("docs"));
  const { catalogue } = await built("core/errors/catalogue.js");
  const { configJsonSchema } = await built("core/config/json-schema.js");
  const schema = configJsonSchema();
  write("docs/errors.md", errorsPage(catalogue));
  write("config/schema.json", `${JSON.stringify(schema, null, 2)}\n`);
  write("docs/contracts.md", contractsPage(read("docs/contracts.md")));
  return write("docs/configuration.md", configurationPage(read("docs/configuration.md"), schema));
}

/** @param {string} file */
const built = (file) => import(pathToFileURL(join(ROOT, "dist", file)).href);
/** @param {string} page */
const read = (page) => (existsSync(join(ROOT, page)) ? readFileSync(join(ROOT, page), "utf8") : "");

/** @param {string} page @param {string} text */
function write(page, text) {
  const file = join(ROOT, page);
  if (read(page) === text) process.stdout.write(`docs   ${page}: up to date\n`);
  else if (process.argv.includes("--check")) throw new SetupError(`${page} is not up to date: run "npm run docs".`);
  else {
    writeFileSync(file, text);
    process.stdout.write(`docs   ${page}: written\n`);
  }
  return 0;
}

if (process.argv[1] === new URL(import.meta.url).pathname) await entry(main);
