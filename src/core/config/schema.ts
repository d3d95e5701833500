import { z } from "zod";

const text = z.string().min(1);
const mhz = z.int().min(1);
const megabytes = z.int().min(1);
const json = z.record(z.string(), z.json());

const address = text
  .regex(/^(https?:\/\/[^/]+|unix:\/\/\/)/, "must begin with http://, https:// or unix:///")
  .refine((value) => URL.canParse(value), "is no address")
  .describe("Address of a Nomad agent: http://, https:// or unix:///path/to/api.sock.");

const tls = z
  .strictObject({
    ca: text.optional().describe("CA certificate file (PEM)."),
    cert: text.optional().describe("Client certificate file (PEM)."),
    key: text.optional().describe("Client key file (PEM)."),
    keyPassphraseFile: text.optional().describe("File holding the passphrase of an encrypted key."),
    serverName: text.optional().describe("Name to verify in the server's certificate, e.g. server.global.nomad."),
  })
  .refine((value) => (value.cert === undefined) === (value.key === undefined), "cert and key belong together")
  .describe("TLS material; files are read again when they change. Relative paths start at this file.");

const auth = z
  .strictObject({
    token: text.optional().describe("ACL token. Better in a file."),
    tokenFile: text.optional().describe("File holding the ACL token; read again when it changes and after a 403."),
    tokenEnv: text.optional().describe("Environment variable holding the ACL token."),
    tokenCommand: z
      .array(text)
      .min(1)
      .optional()
      .describe("Program and arguments that print the ACL token; run again after a 403."),
  })
  .refine(
    (value) => Object.values(value).filter((one) => one !== undefined).length <= 1,
    "use one of token, tokenFile, tokenEnv and tokenCommand",
  )
  .describe("How to authenticate.");

const shared = z
  .strictObject({
    path: text.regex(/^\//, "must be an absolute path").describe("Path that submitter and nodes share."),
    volume: text.optional().describe("Nomad host volume that holds it; needed by exec, java and most other drivers."),
  })
  .describe("Storage for Metaflow's local datastore.");

const defaults = z
  .strictObject({
    image: text.optional().describe("Container image."),
    cpu: mhz.optional().describe("MHz. Default 256."),
    memory: megabytes.optional().describe("MB. Default 512."),
    disk: z.int().min(10).optional().describe("Ephemeral disk in MB. Default: Nomad's own (300)."),
    namespace: text.optional().describe("Default: default."),
    datacenters: z.array(text).min(1).optional().describe("Default: any."),
    nodePool: text.optional().describe("Default: Nomad's own (default)."),
    priority: z.int().min(1).max(100).optional().describe("1 to 100. Default: Nomad's own (50)."),
    timeoutMinutes: z.number().positive().optional().describe("Time limit of a task, from its start. Default 60."),
  })
  .describe("Task settings where neither the step nor METAFLOW_NOMAD_* says otherwise.");

/** One site as it stands in a config file: everything but the address may be left out. */
export const siteSchema = z.strictObject({
  address,
  fallbackAddresses: z
    .array(address)
    .optional()
    .describe("Further agents of the same cluster, tried in turn when one cannot be reached."),
  proxy: text
    .regex(/^https?:\/\/[^/]+\/?$/, "must look like http://proxy.example:3128")
    .optional()
    .describe("HTTP(S) proxy to reach the agents through (CONNECT)."),
  region: text.optional().describe("Default: the agent's own."),
  tls: tls.optional(),
  auth: auth.optional(),
  credentials: json.optional().describe("Settings for a plugin's own kind of credentials."),
  watch: text.optional().describe("event-stream (default), blocking, poll, or a plugin's own."),
  transport: text.optional().describe("http (default), or a plugin's own."),
  driver: text.optional().describe("Task driver. Default docker."),
  shared: shared.optional(),
  python: text.optional().describe("Interpreter on the nodes. Default python3; in an image, python."),
  defaults: defaults.optional(),
  gpu: z
    .strictObject({ device: text.optional().describe("Default nvidia/gpu.") })
    .optional()
    .describe("What gpu=1 asks for."),
  connections: z.int().min(4).max(10_000).optional().describe("Connections to hold open at once. Default 50."),
  placementTimeoutMinutes: z
    .number()
    .positive()
    .optional()
    .describe("How long to wait for a place. Default: for ever."),
  lostAfterMinutes: z
    .number()
    .positive()
    .optional()
    .describe("How long to wait for a node that has a task and does not answer. Default 2."),
  drivers: z.record(text, json).optional().describe("driver_config for every task, by driver name."),
  features: z.array(text).optional().describe("Features to apply, in order. Default: every registered one."),
});

const plugin = z.strictObject({
  use: text.describe("Package, or path of a module relative to this file."),
  options: json.optional().describe("The plugin's own settings."),
  required: z.boolean().optional().describe("false: a run goes on without it, with a warning. Default true."),
});

/** A config file. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe("For editors."),
  defaultSite: text.optional().describe("Site of steps that name none. Default: the only one."),
  plugins: z
    .array(z.union([text, plugin]))
    .optional()
    .describe("Packages, or paths of modules relative to this file, that extend the launcher."),
  sites: z.record(text, siteSchema).describe("Nomad clusters, by name."),
});

/** One site of a config file, checked. */
export type SiteInput = z.infer<typeof siteSchema>;
/** A config file, checked. */
export type ConfigInput = z.infer<typeof configSchema>;
