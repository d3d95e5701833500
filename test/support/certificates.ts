import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTls, type TlsFiles } from "./cluster/index.mjs";

/** Two authorities whose clients an agent takes both; its own certificate is the first one's. */
export interface TwoAuthorities {
  readonly agent: TlsFiles;
  readonly first: TlsFiles;
  readonly second: TlsFiles;
}

/** Makes two authorities, as in the middle of moving from one to the other. */
export async function makeTwoAuthorities(dir: string): Promise<TwoAuthorities> {
  const [first, second] = [await makeTls(join(dir, "first")), await makeTls(join(dir, "second"))];
  const ca = join(dir, "both.pem");
  writeFileSync(ca, readFileSync(first.ca, "utf8") + readFileSync(second.ca, "utf8"));
  return { agent: { ...first, ca }, first, second };
}

/** A client certificate that was good for a month, years ago. Only `openssl ca` can date one into the past. */
export function makeExpiredClient(dir: string, authority: TlsFiles): { readonly cert: string; readonly key: string } {
  mkdirSync(dir);
  const file = (name: string) => join(dir, name);
  const section = ["database=index", "new_certs_dir=.", "rand_serial=yes", "default_md=sha256", "policy=any"];
  const extensions = ["[ext]", "extendedKeyUsage=clientAuth", "subjectAltName=DNS:client.global.nomad"];
  writeFileSync(
    file("ca.cnf"),
    ["[ca]", ...section, "x509_extensions=ext", "[any]", "commonName=supplied", ...extensions, ""].join("\n"),
  );
  writeFileSync(file("index"), "");
  copyFileSync(authority.ca.replace(/\.pem$/, "-key.pem"), file("ca-key.pem"));
  const openssl = (words: string) => execFileSync("openssl", words.split(" "), { cwd: dir, stdio: "pipe" });
  openssl(
    "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=old -keyout key.pem -out csr.pem",
  );
  const dates = "-startdate 200101000000Z -enddate 200201000000Z";
  openssl(
    `ca -batch -notext -config ca.cnf -name ca -cert ${authority.ca} -keyfile ca-key.pem ${dates} -in csr.pem -out cert.pem`,
  );
  return { cert: file("cert.pem"), key: file("key.pem") };
}
