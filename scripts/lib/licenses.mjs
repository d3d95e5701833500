/** The licences of what the bundle carries: its authors ask that their texts go with it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Licences that let their text and the work be passed on together under Apache-2.0. */
const ACCEPTED = ["MIT", "ISC", "Apache-2.0", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "PSF-2.0", "Python-2.0"];

/**
 * The texts of all packages in a bundle, one after the other.
 * @param {string} root
 * @param {string[]} inputs the bundle's files, as esbuild's metafile names them
 */
export function licenseTexts(root, inputs) {
  const folders = [...new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined))].sort();
  return folders.map((folder) => licenseText(join(root, folder))).join(`\n${"-".repeat(80)}\n\n`);
}

/** @param {string} input */
function packageFolder(input) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
}

/** @param {string} folder */
function licenseText(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (!ACCEPTED.includes(license)) throw new Error(`${name} has the licence ${license}, which is not looked at yet`);
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? "The package brings no text of its own." : readFileSync(join(folder, file), "utf8");
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}
