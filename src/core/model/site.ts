import type { JsonObject } from "./json.js";

/** One Nomad cluster as an ops team configures it, validated and complete. */
export interface Site {
  readonly name: string;
  /** `http://`, `https://` or `unix://` address of a Nomad agent. */
  readonly address: string;
  /** Further agents of the same cluster, tried in turn. */
  readonly fallbackAddresses?: readonly string[];
  /** HTTP(S) proxy the agents are reached through. */
  readonly proxy?: string;
  readonly region?: string;
  readonly tls?: SiteTls;
  readonly auth: SiteAuth;
  /** First rung of the watch ladder. Default `event-stream`. */
  readonly watch: string;
  /** How requests are carried. Default `http`, or what a plugin registered. */
  readonly transport: string;
  /** Default task driver. */
  readonly driver: string;
  /** Default driver of tasks for which nobody named an image. Absent: `driver`. */
  readonly driverWithoutImage?: string;
  readonly shared?: SiteShared;
  /** Where nodes keep code packages, for Metaflow tasks that fetch theirs from an object store. Absent: nowhere. */
  readonly packageCache?: SitePackageCache;
  /** Interpreter on the nodes, for Metaflow tasks. Default `python3` (in an image: `python`). */
  readonly python?: string;
  readonly defaults: SiteDefaults;
  readonly gpu: { readonly device: string };
  /** Connections this site's host may hold open to Nomad at once (Nomad allows 100 per client address by default). */
  readonly connections: number;
  /** Seconds a job may wait to be placed before it counts as unplaced; absent: for ever. */
  readonly placementTimeoutSeconds?: number;
  /** Seconds to wait for a node that has a task and does not answer, before the task counts as lost. */
  readonly lostAfterSeconds: number;
  /** Seconds from the first placed node of a gang to the last, before the gang is given up. */
  readonly gangTimeoutSeconds: number;
  /** Configuration for drivers, by driver name. */
  readonly drivers: Readonly<Record<string, JsonObject>>;
  /** Names of the features to apply, in order; absent: every registered one. */
  readonly features?: readonly string[];
  /** Settings of plugins, by key, as the plugin's own schema read them. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** TLS material: file paths, read when a connection is opened and again when they change. */
export interface SiteTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** File holding the passphrase of an encrypted key. */
  readonly keyPassphraseFile?: string;
  /** Name to verify in the server's certificate, e.g. `server.global.nomad`. */
  readonly serverName?: string;
}

/** How to authenticate; at most one of these. */
export interface SiteAuth {
  /** ACL token. */
  readonly token?: string;
  /** File holding the token; re-read when it changes and after a 403. */
  readonly tokenFile?: string;
  /** Environment variable holding the token. */
  readonly tokenEnv?: string;
  /** Program and arguments that print the token; run again after a 403. */
  readonly tokenCommand?: readonly string[];
}

/** Storage that submitter and nodes share, for Metaflow's local datastore. */
export interface SiteShared {
  /** Absolute path, the same for the submitter and inside the task. */
  readonly path: string;
  /** Nomad host volume that holds it, where the driver does not see the node's own file system. */
  readonly volume?: string;
}

/** A folder of each node that tasks keep code packages in. */
export interface SitePackageCache {
  /** Absolute path, the same on the node and in the task. */
  readonly path: string;
  /** Nomad host volume that holds it, where the driver does not see the node's own file system. */
  readonly volume?: string;
  /** Days after which a package that nobody used is removed. Default 14. */
  readonly keepDays?: number;
}

/** Site-wide defaults of a launch request. Units: MHz, MB, minutes. */
export interface SiteDefaults {
  readonly image?: string;
  readonly cpu: number;
  readonly memory: number;
  readonly disk?: number;
  readonly namespace: string;
  readonly datacenters?: readonly string[];
  readonly nodePool?: string;
  readonly priority?: number;
  readonly timeoutMinutes: number;
}
