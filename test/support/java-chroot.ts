import { existsSync, realpathSync } from "node:fs";

const libraries = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
/** What a JVM needs beside itself; a link alone would lead out of the chroot. */
const needed = ["libstdc++.so.6", "libgcc_s.so.1", "libz.so.1", "libm.so.6"].map((name) => `${libraries}/${name}`);
const places = [
  "/usr/lib/jvm",
  "/etc/java-17-openjdk",
  ...needed,
  ...needed.filter(existsSync).map((path) => realpathSync(path)),
];

/** What a chroot must hold for Nomad's java driver, on Debian. */
export const javaChroot: Readonly<Record<string, string>> = Object.fromEntries(places.map((path) => [path, path]));
