import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

/** One page of the repository's documentation. */
export interface Page {
  /** Path from the root, e.g. `docs/usage.md`. */
  readonly file: string;
  readonly text: string;
}

/** One fenced block of a page. */
export interface Block {
  /** Page and line, for messages. */
  readonly where: string;
  readonly language: string;
  readonly text: string;
}

const folders = ["docs", "examples", "config", "python"];
const foreign = /(^|\/)(node_modules|dist|build|\.[^/]+|[^/]+\.egg-info)\//;

/** Every Markdown file of the project. */
export function pages(): Page[] {
  const nested = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  return [...readdirSync(root), ...nested]
    .filter((file) => file.endsWith(".md") && !foreign.test(file))
    .map((file) => ({ file: relative(root, join(root, file)), text: read(file) }));
}

/** A file's text, by its path from the root. */
export function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The fenced blocks of all pages in some languages. */
export function blocks(...languages: string[]): Block[] {
  return pages().flatMap(({ file, text }) =>
    [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(({ 1: language = "", 2: body = "", index }) =>
      languages.includes(language)
        ? [{ where: `${file}:${String(text.slice(0, index).split("\n").length)}`, language, text: body }]
        : [],
    ),
  );
}

/** A page without its code: what may hold links. */
export function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchors(text: string): Set<string> {
  const headings = text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
