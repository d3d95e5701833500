import { z } from "zod";

const text = z.string().min(1);
const mhz = z.int().min(1);
const megabytes = z.int().min(1);
const json = z.record(z.string(), z.json());

const address = text
  .regex(/^(https?:\/\/[^/]+|unix:\/\/\/)/, "must begin with http://, https:// or unix:///")
  .refine((value) => URL.canParse(value), "is no address")
  .describe("Address of a Nomad agent: `http://`, `https://` or `unix:///path/to/api.sock`.");

const tls = z
  .strictObject({
    ca: text.optional().describe("CA certificate file (PEM). Default: the system's CAs."),
    cert: text.optional().describe("Client certificate file (PEM)."),
    key: text.optional().describe("Client key file (PEM)."),
    keyPassphraseFile: text.optional().describe("File holding the passphrase of an encrypted key."),
    serverName: text
      .optional()
      .describe("Name to verify in the server's certificate, e.g. `server.global.nomad`. Default: the address's host."),
  })
  .refine((value) => (value.cert === undefined) === (value.key === undefined), "cert and key belong together")
  .describe("TLS material; files are read again when they change. Relative paths start at this file.");

const auth = z
  .strictObject({
    token: text.optional().describe("ACL token itself. Better in a file."),
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
    path: text
      .regex(/^\//, "must be an absolute path")
      .describe("Absolute path that submitter and nodes share, for `--datastore local`."),
    volume: text
      .optional()
      .describe("Nomad host volume that holds it; needed by every driver but raw_exec and docker."),
  })
  .describe("Storage for Metaflow's local datastore.");

const packageCache = z
  .strictObject({
    path: text
      .regex(/^\/[^:${}]*$/, "must be an absolute path without :, $, { or }")
      .describe("Absolute path of a folder on each node, which the tasks' users may write."),
    volume: text
      .optional()
      .describe(
        "Nomad host volume that holds it; needed by every driver but raw_exec and docker, whose tasks else fetch.",
      ),
    keepDays: z
      .int()
      .min(1)
      .max(365)
      .optional()
      .describe("Days after which a package that nobody used is removed. Default: 14."),
  })
  .describe("Where nodes keep code packages that tasks fetched from an object store.");

const defaults = z
  .strictObject({
    image: text.optional().describe("Container image."),
    cpu: mhz.optional().describe("CPU in MHz. Default: 256."),
    memory: megabytes.optional().describe("Memory in MB. Default: 512."),
    disk: z.int().min(10).optional().describe("Ephemeral disk in MB. Default: Nomad's own (300)."),
    namespace: text.optional().describe("Namespace. Default: default."),
    datacenters: z
      .array(text)
      .min(1)
      .optional()
      .describe("Datacenters; `*` in a name stands for anything. Default: any."),
    nodePool: text.optional().describe("Node pool. Default: Nomad's own (default)."),
    priority: z.int().min(1).max(100).optional().describe("Priority of jobs. Default: Nomad's own (50)."),
    timeoutMinutes: z.number().positive().optional().describe("Time limit of a task, from its start. Default: 60."),
  })
  .describe("Task settings where neither the step nor METAFLOW_NOMAD_* says otherwise.");

/** One site as it stands in a config file: everything but the address may be left out. */
export const siteSchema = z.strictObject({
  extends: text
    .optional()
    .describe(
      "Another site of this file, whose settings hold where this one has none; with an `address` of its own, nothing that leads to that cluster.",
    ),
  address,
  fallbackAddresses: z
    .array(address)
    .optional()
    .describe("Further agents of the same cluster, tried in turn when one cannot be reached."),
  proxy: text
    .regex(/^https?:\/\/[^/]+\/?$/, "must look like http://proxy.example:3128")
    .optional()
    .describe("HTTP(S) proxy to reach the agents through (CONNECT)."),
  region: text.optional().describe("Region of Nomad. Default: the agent's own."),
  tls: tls.optional(),
  auth: auth.optional(),
  credentials: json.optional().describe("Settings for a plugin's own kind of credentials."),
  watch: text
    .optional()
    .describe(
      "How to follow jobs: `event-stream`, `blocking`, `poll`, or a plugin's own; the launcher goes down this ladder by itself. Default: event-stream.",
    ),
  transport: text.optional().describe("How to reach Nomad: `http`, or a plugin's own. Default: http."),
  driver: text.optional().describe("Task driver of steps that name none. Default: docker."),
  shared: shared.optional(),
  packageCache: packageCache.optional(),
  python: text.optional().describe("Interpreter on the nodes. Default: python3 (in an image, python)."),
  defaults: defaults.optional(),
  gpu: z
    .strictObject({ device: text.optional().describe("What `gpu=1` asks for. Default: nvidia/gpu.") })
    .optional()
    .describe("Devices."),
  connections: z
    .int()
    .min(4)
    .max(10_000)
    .optional()
    .describe("Connections to Nomad to hold open at once (Nomad allows 100 per client address). Default: 50."),
  placementTimeoutMinutes: z
    .number()
    .positive()
    .optional()
    .describe(
      "How long a job may wait for a place. Default: for ever where nodes are full, 15 s where none could ever take it.",
    ),
  lostAfterMinutes: z
    .number()
    .positive()
    .optional()
    .describe("How long to wait for a node that has a task and does not answer; then the task is lost. Default: 2."),
  gangTimeoutMinutes: z
    .number()
    .positive()
    .optional()
    .describe("How long the nodes of a @parallel step may take to be placed, from the first on. Default: 10."),
  drivers: z.record(text, json).optional().describe("`driver_config` of every task, by driver name."),
  features: z
    .array(text)
    .optional()
    .describe(
      "Which of the plugins' features to apply; those that come along always do. Default: every registered one.",
    ),
  extensions: json.optional().describe("Settings of plugins for this site, by the key that each plugin gives them."),
});

const plugin = z.strictObject({
  use: text.describe("Package, or path of a module relative to this file."),
  options: json.optional().describe("The plugin's own settings."),
  required: z.boolean().optional().describe("false: a run goes on without it, with a warning. Default: true."),
  patienceSeconds: z
    .number()
    .min(1)
    .max(3_600)
    .optional()
    .describe("How long it may keep the launcher busy at a stretch before the launcher gives it up. Default: 30."),
});

/** A config file. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe("For editors."),
  extends: text
    .optional()
    .describe(
      "Path of another config file, relative to this one: its plugins come first, its sites lie below those of the same name here.",
    ),
  defaultSite: text.optional().describe("Site of steps that name none. Default: the only one."),
  plugins: z
    .array(z.union([text, plugin]))
    .optional()
    .describe(
      "Packages, or paths of modules relative to this file, that extend the launcher; or `{ use, options, required, patienceSeconds }`.",
    ),
  sites: z.record(text, siteSchema).describe("Nomad clusters, by name."),
});

/** One site of a config file, checked. */
export type SiteInput = z.infer<typeof siteSchema>;
/** A config file, checked. */
export type ConfigInput = z.infer<typeof configSchema>;
