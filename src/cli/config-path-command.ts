import { configPlaces, findConfig } from "../core/config/find-config.js";
import { say, warn } from "./say.js";

/** `metaflow-nomad config path`: the file in use on standard output, where it was looked for on standard error. */
export async function configPathCommand(): Promise<number> {
  const options = { env: process.env, startDir: process.cwd() };
  const places = configPlaces(options);
  if ("file" in places) warn(`METAFLOW_NOMAD_CONFIG names it.\n`);
  else warn(`Looked in, the first counts:\n${places.folders.map((one) => `  ${one}\n`).join("")}`);
  const found = await findConfig(options);
  if (found === undefined) {
    warn("There is no config file. `metaflow-nomad config init` writes one.\n");
    return 1;
  }
  say(`${found.file}\n`);
  return 0;
}
