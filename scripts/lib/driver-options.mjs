/** The options of Nomad's own task drivers, read from the hclspec in their sources: the Go module cache has them where Nomad was built. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GO_ENV, goCommand } from "./go.mjs";
import { run } from "./run.mjs";

/** Where each driver's source declares what a task's `config` may hold. */
const SOURCES = {
  docker: "drivers/docker/config.go",
  exec: "drivers/exec/driver.go",
  raw_exec: "drivers/rawexec/driver.go",
  java: "drivers/java/driver.go",
};

/** Options by driver. @param {string} version of Nomad @returns {Promise<Record<string, string[]>>} */
export async function driverOptions(version) {
  const module = `github.com/hashicorp/nomad@v${version}`;
  const said = await run(goCommand(), ["mod", "download", "-json", module], { env: GO_ENV });
  const { Dir } = JSON.parse(said);
  return Object.fromEntries(Object.entries(SOURCES).map(([driver, file]) => [driver, optionsIn(join(Dir, file))]));
}

/** Keys of the outermost object only: they stand two tabs deep. @param {string} file */
function optionsIn(file) {
  if (!existsSync(file)) throw new Error(`${file} is not there`);
  const spec = /taskConfigSpec = hclspec\.NewObject\(([^]*?)\n\t}\)/.exec(readFileSync(file, "utf8"))?.[1] ?? "";
  return [...spec.matchAll(/^\t\t"(\w+)":/gm)].map(([, key = ""]) => key).sort();
}
