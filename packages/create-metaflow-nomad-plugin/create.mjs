#!/usr/bin/env node
/** npm create metaflow-nomad-plugin KIND NAME [FOLDER]: writes a package that builds, passes its kit, and runs on the dev agent. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const templates = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), "templates");
const kinds = readdirSync(templates).filter((kind) => kind !== "common");
const usage = `Usage: npm create metaflow-nomad-plugin KIND NAME [FOLDER]

KIND    ${kinds.join(", ")}
NAME    of the package, e.g. acme-nomad-plugin or @acme/nomad-plugin
FOLDER  to write to; default: the name's last part. It must be empty or not be there.
`;

/** Every file below a folder. @param {string} folder @returns {string[]} */
function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** What stands in templates, and what it becomes. @param {string} name of the package */
function namesOf(name) {
  const word = (name.split("/").at(-1) ?? name).replace(/^metaflow-nomad-/, "");
  const camel = word.replace(/[^a-zA-Z0-9]+(.)/g, (_all, letter) => letter.toUpperCase());
  return { __PACKAGE__: name, __NAME__: word, __CAMEL__: /^\d/.test(camel) ? `plugin${camel}` : camel };
}

/** @param {string} kind @param {string} name @param {string} target */
export function scaffold(kind, name, target) {
  const names = Object.entries(namesOf(name));
  for (const source of ["common", kind].map((one) => join(templates, one))) {
    for (const file of filesOf(source)) {
      // npm leaves files of some names out of a package, so none of the templates has its own.
      const place = join(
        target,
        relative(source, file)
          .replace(/\.tmpl$/, "")
          .replace(/(^|\/)_/, "$1"),
      );
      const text = names.reduce((all, [hole, value]) => all.replaceAll(hole, value), readFileSync(file, "utf8"));
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text);
    }
  }
}

/** @param {string[]} words @returns {number} exit code */
function main([kind = "", name = "", folder]) {
  const wrong = !kinds.includes(kind)
    ? `There is no kind ${JSON.stringify(kind)}.`
    : !/^(@[a-z0-9][\w.-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(name)
      ? `${JSON.stringify(name)} is no name of a package: lower-case letters, digits, hyphens.`
      : undefined;
  if (wrong !== undefined) {
    process.stderr.write(`${wrong}\n\n${usage}`);
    return 2;
  }
  const target = resolve(folder ?? name.split("/").at(-1) ?? name);
  if (existsSync(target) && readdirSync(target).length > 0) {
    process.stderr.write(`${target} is not empty. Name another folder, or empty it.\n`);
    return 1;
  }
  scaffold(kind, name, target);
  const next = [
    "npm install",
    "npm test",
    "npx metaflow-nomad dev     # in another terminal",
    "npx metaflow-nomad launch task.yaml",
  ];
  process.stdout.write(
    `Written to ${target}. Then:\n\n  cd ${relative(process.cwd(), target) || "."}\n  ${next.join("\n  ")}\n`,
  );
  return 0;
}

if (["-h", "--help"].includes(process.argv[2] ?? "")) process.stdout.write(usage);
else process.exitCode = main(process.argv.slice(2));
