/**
 * What an exec task sees of the host: a shell, the usual small tools and Debian's python3, with just the libraries they load.
 * Nomad links each listed file into every task's directory, so a short list is what makes exec start in a second instead of ten.
 */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { obtainTaskLibraries } from "../../../scripts/lib/python-env.mjs";
import { capture } from "../../../scripts/lib/run.mjs";

const TOOLS =
  "awk base64 basename bash cat chmod cp cut date dd df dirname echo env false find grep gzip head id kill ln ls mawk mkdir mktemp mv nproc od printenv printf ps pwd python3 readlink rm sed seq sh sha256sum sleep sort stat stty sync tail tar tee test timeout touch tr true uname uniq wc whoami xargs yes".split(
    " ",
  );
const FILES = [
  "/etc/passwd",
  "/etc/group",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/resolv.conf",
  "/etc/localtime",
  "/etc/ssl",
  "/usr/share/ca-certificates",
];

/**
 * @param {import('./index.mjs').ExecOptions} options
 * @returns {Promise<Record<string, string>>} source path -> path in the chroot
 */
export async function chrootEnv(options = {}) {
  const { binaries, entries } = tools();
  const python = pythonDirs();
  const site = options.bare ? undefined : await obtainTaskLibraries();
  const libraries = await sharedLibraries([...binaries, ...python.extensions, ...(site ? extensionsBelow(site) : [])]);
  const task = site ? { [site]: `/usr/local/lib/${python.name}/dist-packages` } : {};
  const files = Object.fromEntries(FILES.filter(existsSync).map((path) => [realOf(path), path]));
  return { ...files, ...entries, ...libraries, ...python.dirs, ...task, ...options.chroot };
}

function tools() {
  const found = TOOLS.map((name) => join("/usr/bin", name)).filter(existsSync);
  const binaries = [...new Set(found.map(realOf))];
  /** @type {Record<string, string>} */
  const entries = {};
  // A symbolic link would be linked as such, so each name and the file behind it are both listed; /bin and /usr/bin are two sources.
  for (const path of [...found, ...binaries]) {
    entries[path] = path;
    if (existsSync(join("/bin", basename(path)))) entries[join("/bin", basename(path))] = join("/bin", basename(path));
  }
  return { binaries, entries };
}

/** Debian's Python: its standard library and the extension modules whose libraries it needs. */
function pythonDirs() {
  const name = basename(realOf("/usr/bin/python3"));
  const stdlib = join("/usr/lib", name);
  const dynload = join(stdlib, "lib-dynload");
  const extensions = existsSync(dynload) ? readdirSync(dynload).map((file) => join(dynload, file)) : [];
  return { name, extensions, dirs: { [stdlib]: stdlib } };
}

/** @param {string} dir */
function extensionsBelow(dir) {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".so"))
    .map((file) => join(dir, file));
}

/** @param {string[]} binaries @returns {Promise<Record<string, string>>} */
async function sharedLibraries(binaries) {
  const { stdout } = await capture("ldd", binaries);
  const paths = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => /** @type {string} */ (match[1]));
  // The loader asks for the short name (libz.so.1); the file behind it is what gets linked there.
  return Object.fromEntries([...new Set(paths)].map((path) => [realOf(path), path]));
}

/** @param {string} path */
function realOf(path) {
  return existsSync(path) ? realpathSync(path) : path;
}
