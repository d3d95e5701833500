import type { Site } from "../model/site.js";
import { type ClusterOffer, preferredDrivers } from "./read-offer.js";

/** What a new site file is made of. */
export interface SiteFileParts {
  readonly name: string;
  /** The connection that reached the cluster. Of its token nothing is written but the name of the file that holds it. */
  readonly site: Pick<Site, "address" | "region" | "tls" | "auth">;
  readonly offer: ClusterOffer;
}

/** A site file in YAML, with a comment for everything: what is set, and what else could be. */
export function siteFile({ name, site, offer }: SiteFileParts): string {
  const lines = [
    ...connection(site, offer),
    ...driverLines(offer),
    ...sharedLines(offer),
    ...deviceLines(offer),
    ...defaultLines(offer),
  ];
  return `# Written by \`metaflow-nomad config init\`. Every key: docs/configuration.md; \`metaflow-nomad doctor\` checks this file.
defaultSite: ${yaml(name)}   # site of steps that name none
sites:
  ${yaml(name)}:
${lines.map((line) => (line === "" ? "" : `    ${line}`)).join("\n")}
`;
}

/** JSON is YAML; plain words need no quotes. */
function yaml(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return /^[A-Za-z/][\w./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function connection({ address, region, tls, auth }: SiteFileParts["site"], { regions }: ClusterOffer): string[] {
  const [only, ...others] = regions;
  const known = region ?? (others.length === 0 ? only : undefined);
  const files = Object.entries(tls ?? {}).map(([key, value]) => `  ${key}: ${yaml(value)}`);
  return [
    `address: ${yaml(address)}   # of any agent: http://, https:// or unix:///path/to/api.sock`,
    known === undefined
      ? `# region: ${regions.join(" or ")}   # default: the agent's own`
      : `region: ${yaml(known)}   # default: the agent's own`,
    ...(files.length > 0 ? ["tls:   # PEM files, read again when they change", ...files] : noTls),
    auth.tokenFile === undefined
      ? "# auth: { tokenFile: /path/to/token }   # ACL token, read again when it changes and after a 403"
      : `auth: { tokenFile: ${yaml(auth.tokenFile)} }   # ACL token, read again when it changes and after a 403`,
    "",
  ];
}

const noTls = ["# tls: { ca: ca.pem, cert: client.pem, key: client-key.pem, serverName: server.global.nomad }"];

function driverLines({ drivers }: ClusterOffer): string[] {
  const found = preferredDrivers.find((one) => drivers.includes(one)) ?? drivers.find((one) => one !== "mock_driver");
  const others = drivers.filter((one) => one !== found);
  const also = others.length === 0 ? "" : `; the nodes also have ${others.join(", ")}`;
  if (found === undefined) return ["# driver: docker   # the default; no ready node with a driver was seen", ""];
  return [`driver: ${yaml(found)}   # task driver of steps that name none${also}`, ""];
}

function sharedLines({ volumes }: ClusterOffer): string[] {
  const found = [...volumes].map(([volume, path]) => `# shared: { path: ${yaml(path)}, volume: ${yaml(volume)} }`);
  const some = found.length > 0 ? found : ["# shared: { path: /mnt/metaflow, volume: metaflow }"];
  return [
    "# Only for Metaflow's local datastore: an absolute path that you and the nodes share, and the host volume that holds it",
    ...(found.length > 0 ? ["# (these are on the nodes; the path must be the same storage here):"] : []),
    ...some,
    "",
  ];
}

function deviceLines({ devices }: ClusterOffer): string[] {
  const gpu = devices.find((id) => id.split("/")[1] === "gpu");
  const short = (id: string) => id.split("/").slice(0, 2).join("/");
  if (gpu !== undefined) return [`gpu: { device: ${yaml(short(gpu))} }   # what gpu=1 asks for`];
  const other = devices[0] === undefined ? "nvidia/gpu" : short(devices[0]);
  return [`# gpu: { device: ${yaml(other)} }   # what gpu=1 asks for; no node has a GPU`];
}

function defaultLines({ datacenters, pools }: ClusterOffer): string[] {
  // Without a ready node in the pool that Nomad takes by default, nothing would ever be placed.
  const pool = pools === undefined || pools.length === 0 || pools.includes("default") ? undefined : pools[0];
  const seen = pools?.filter((one) => one !== "default") ?? [];
  return [
    "defaults:",
    "  memory: 512   # MB",
    "  cpu: 256   # MHz; 1000 is about one core",
    "  # image: python:3.12   # for docker; default: python of the submitter's minor version",
    "  # namespace: default",
    `  # datacenters: [${datacenters.map(yaml).join(", ") || "dc1"}]   # default: any`,
    pool === undefined
      ? `  # nodePool: ${yaml(seen[0] ?? "default")}   # default: Nomad's own (default)`
      : `  nodePool: ${yaml(pool)}   # no ready node is in the pool called default`,
    "  # disk: 300   # MB",
    "  # timeoutMinutes: 60   # from the task's start",
  ];
}
