/** Real parts for tests and scripts: Nomad agents, object stores, certificates. Hand-written, since the modules run without a build. */

export interface DockerOptions {
  /** Extra settings of the docker driver's plugin block. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface ExecOptions {
  /** More of the host to be seen in the chroot: source path -> path inside. */
  readonly chroot?: Readonly<Record<string, string>>;
  /** Leave out the task libraries (requests, boto3) that Metaflow imports. */
  readonly bare?: boolean;
}

export interface HostVolume {
  readonly path: string;
  readonly readOnly?: boolean;
}

export interface AgentOptions {
  /** A release that is built when missing ('1.11.0', '1.7.7'), or the path of a binary. Default: nomad on PATH, else 1.11.0. */
  readonly version?: string;
  /** Default true. */
  readonly rawExec?: boolean;
  readonly exec?: boolean | ExecOptions;
  /** Starts dockerd and loads the test image where needed. */
  readonly docker?: boolean | DockerOptions;
  readonly java?: boolean;
  /** Nomad's mock driver; not in release builds. Default true. */
  readonly mock?: boolean;
  readonly hostVolumes?: Readonly<Record<string, string | HostVolume>>;
  readonly meta?: Readonly<Record<string, string>>;
  readonly datacenter?: string;
  readonly region?: string;
  readonly nodePool?: string;
  readonly nodeClass?: string;
  /** Group that the agent runs as, so that a packet filter can tell it from others. Default: that of the test. */
  readonly gid?: number;
  readonly acl?: boolean;
  /** true: certificates are made; else certificates from makeTls. Clients must show one (mTLS). */
  readonly tls?: boolean | TlsFiles;
  /** Files of this directory become devices of type nomad/file/mock. */
  readonly devices?: { readonly dir: string };
  /** GPUs that are not there: NVIDIA's H100 (2) and Tesla T4, AMD's MI300X. Excludes `devices`. */
  readonly fakeGpus?: boolean;
  /** MHz to announce where the CPU's speed is not detected, or to pretend a larger node. */
  readonly cpuTotalCompute?: number;
  readonly memoryTotalMb?: number;
  readonly limits?: Readonly<Record<string, unknown>>;
  /** Settings merged into the client's block. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** Settings merged into the server's block. */
  readonly server?: Readonly<Record<string, unknown>>;
  /** Settings merged into the whole configuration, last. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** More configuration as HCL text, in a file of its own. */
  readonly hcl?: string;
  /** false: a real (restartable) server and client instead of -dev. */
  readonly dev?: boolean;
  /** One of a cluster: counts as started when it answers; whoever starts the cluster waits for the rest. */
  readonly member?: boolean;
  /** Default 60 s. */
  readonly startTimeoutMs?: number;
  readonly logLevel?: "trace" | "debug" | "info" | "warn" | "error";
  /** Say what is being built or started (default: on stderr). */
  readonly quiet?: boolean;
}

export interface TlsFiles {
  readonly dir: string;
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** The name in the server's certificate, "server.global.nomad". */
  readonly serverName: string;
}

export interface ApiInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Another token than the agent's management token; '' for none. */
  readonly token?: string;
  readonly timeoutMs?: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The parsed body, where it is JSON. */
  readonly json: any;
}

export interface PolicyToken {
  readonly name: string;
  readonly accessorId: string;
  readonly token: string;
}

export interface Agent extends AsyncDisposable {
  readonly address: string;
  readonly nomadBinary: string;
  readonly version: string;
  readonly httpPort: number;
  readonly rpcPort: number;
  readonly serfPort: number;
  /** The agent's own directory: configuration, data, log. Gone after stop(). */
  readonly dir: string;
  /** NOMAD_ADDR and, where they apply, NOMAD_TOKEN, NOMAD_REGION, NOMAD_CACERT, NOMAD_CLIENT_CERT, NOMAD_CLIENT_KEY. */
  readonly env: Readonly<Record<string, string>>;
  /** The management token, with acl. */
  readonly token?: string;
  readonly tls?: TlsFiles;
  readonly pid: number;
  readonly logFile: string;
  /** The node's own ID. */
  readonly nodeId: string;
  /** The parsed body of an answer; an answer of 400 or more throws. */
  api(path: string, init?: ApiInit): Promise<any>;
  /** Any answer, whatever its status. */
  request(path: string, init?: ApiInit): Promise<ApiAnswer>;
  /** A client token with these rules (HCL of an ACL policy); with acl. */
  createToken(name: string, rules?: string): Promise<PolicyToken>;
  /** Ends the agent at once, as a power cut would; stop() is still needed. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts the agent again with the same ports and data (needs dev: false for its state to survive). */
  restart(): Promise<void>;
  /** Ends the agent, every task of it, its mounts and its directory. */
  stop(): Promise<void>;
}

export function startAgent(options?: AgentOptions): Promise<Agent>;
export interface ClusterOptions {
  /** Default 3. */
  readonly servers?: number;
  /** Default 2. */
  readonly clients?: number;
  /** What each client is made for, in their order. */
  readonly clientOptions?: readonly AgentOptions[];
  readonly quiet?: boolean;
}

/** Servers `server-1`… and clients `client-1`…, as real as they are on machines of their own. */
export interface Cluster extends AsyncDisposable {
  readonly servers: readonly Agent[];
  readonly clients: readonly Agent[];
  /** Of the servers. */
  readonly addresses: readonly string[];
  agent(name: string): Agent;
  /** The name of the agent at an address. */
  nameAt(address: string): string | undefined;
  /** The parsed answer of the first server that gives one. */
  api(path: string, init?: ApiInit): Promise<any>;
  /** The name of the server that leads, once there is one. */
  leader(): Promise<string>;
  /** Ends an agent at once, as a power cut would; the tasks of a client go on. */
  kill(name: string): Promise<void>;
  /** The agent hears and says nothing any more, and its connections stay open. */
  pause(name: string): void;
  resume(name: string): void;
  /** Starts a killed agent again with its data, and waits until the cluster is whole. */
  restart(name: string): Promise<void>;
  /** Waits until a leader is elected, every server votes, and every client is ready. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export function startCluster(options?: ClusterOptions): Promise<Cluster>;

/** startAgent with ACLs on: the agent carries the management token. */
export function startAclAgent(options?: AgentOptions): Promise<Agent & { readonly token: string }>;

/** The rights that running flows needs, and no more (namespace default). */
export const LEAST_RIGHTS: string;

export function makeTls(dir: string, options?: { nomad?: string; region?: string }): Promise<TlsFiles>;

export interface S3Options {
  readonly bucket?: string;
  /** Where the objects are kept; default a temporary directory that stop() removes. */
  readonly dir?: string;
  /** The address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** https, with a certificate of a private authority. */
  readonly tls?: boolean;
  readonly quiet?: boolean;
}

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly bucket: string;
  readonly dir: string;
  /** With tls: the file of the private certificate authority. */
  readonly ca?: string;
  /** What Metaflow needs in its environment: datastore, endpoint, credentials. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export function startS3(options?: S3Options): Promise<S3Server>;

export interface VaultServer {
  readonly address: string;
  /** For the agent's configuration: `config: { vault: … }`. */
  readonly agentConfig: Readonly<Record<string, unknown>>;
  /** Writes with the root token: `secret/data/flows/db`. */
  write(path: string, body: unknown): Promise<void>;
  /** Lets the tasks of a Nomad log in; they may read what lies under secret/flows. */
  trust(nomadAddress: string): Promise<void>;
  stop(): Promise<void>;
}

/** A development server of a real Vault. */
export function startVault(): Promise<VaultServer>;

export interface RedisOptions {
  /** What clients must log in with. Default: nothing. */
  readonly password?: string;
}

export interface RedisServer extends AsyncDisposable {
  /** Without the password. */
  readonly url: string;
  readonly port: number;
  /** Ends it at once; what it has, it keeps. */
  kill(): Promise<void>;
  /** Starts it again at the same port, with what it had. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A redis-server of Debian's. */
export function startRedis(options?: RedisOptions): Promise<RedisServer>;

/** The directory of the CNI plugins, for the client's `cni_path`. */
export function obtainCni(): Promise<string>;
export interface AzureServer extends AsyncDisposable {
  readonly endpoint: string;
  /** The client secret: what must not be readable in a job. */
  readonly secret: string;
  /** What Metaflow needs in its environment: datastore, endpoint, credentials. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export function startAzure(): Promise<AzureServer>;

export interface GsServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  /** Where the objects are kept. */
  readonly dir: string;
  /** The private key in the credentials' file: what must not be readable in a job. */
  readonly secret: string;
  /** What Metaflow needs in its environment: datastore, endpoint, credentials. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export function startGs(): Promise<GsServer>;

/** The tag of the Python image that docker tests use. */
export const TEST_IMAGE: string;

/** A TCP port that was free a moment ago. */
export function freePort(): Promise<number>;

/** Ends what agents of dead processes left behind. startAgent does it too. */
export function sweepStale(): Promise<void>;
