import type { Clock } from "../core/contracts/clock.js";
import type { Logger } from "../core/contracts/logger.js";
import type { NomadTransport } from "../core/contracts/transport.js";
import { systemClock } from "../core/host/system-clock.js";
import { createHttpTransport } from "../transports/http-transport.js";
import { Caller } from "./caller.js";
import { type ConnectionOptions, credentialsOf, siteOf } from "./connect.js";
import { Acl } from "./families/acl.js";
import { Agent } from "./families/agent.js";
import { Allocations } from "./families/allocations.js";
import { CsiVolumes } from "./families/csi-volumes.js";
import { Deployments } from "./families/deployments.js";
import { Evaluations } from "./families/evaluations.js";
import { Events } from "./families/events.js";
import { Exec } from "./families/exec.js";
import { Fs } from "./families/fs.js";
import { HostVolumes } from "./families/host-volumes.js";
import { Jobs } from "./families/jobs.js";
import { Logs } from "./families/logs.js";
import { Namespaces } from "./families/namespaces.js";
import { NodePools } from "./families/node-pools.js";
import { Nodes } from "./families/nodes.js";
import { Operator } from "./families/operator.js";
import { Raw } from "./families/raw.js";
import { Scaling } from "./families/scaling.js";
import { Search } from "./families/search.js";
import { Services } from "./families/services.js";
import { Variables } from "./families/variables.js";
import { Status, System } from "./families/system.js";

/** What a client is made from; all of it may be left out. */
export interface ClientOptions extends ConnectionOptions {
  /** Told of calls that are tried again, at level debug. Default: nobody. */
  readonly logger?: Logger | undefined;
  /** Default: the machine's own. */
  readonly clock?: Clock | undefined;
  /** A way to Nomad that is there already; it stays open when the client is closed. Only `namespace` counts beside it. */
  readonly transport?: NomadTransport | undefined;
}

const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {}

/**
 * A client of Nomad's HTTP API.
 *
 * ```ts
 * await using nomad = createNomadClient({ address: "https://nomad.example:4646", token: "…" });
 * for (const { ID, Status } of await nomad.jobs.list()) console.log(ID, Status);
 * ```
 * Every failure is a `LauncherError` with a code. Nothing is sent before the first call.
 * @throws LauncherError `NOMAD_E_CONFIG_INVALID` when an option is wrong.
 */
export function createNomadClient(options: ClientOptions = {}): NomadClient {
  return new NomadClient(options);
}

/** Nomad's HTTP API, family by family. Made by `createNomadClient`. */
export class NomadClient implements AsyncDisposable {
  readonly jobs: Jobs;
  readonly evaluations: Evaluations;
  readonly allocations: Allocations;
  readonly deployments: Deployments;
  readonly nodes: Nodes;
  readonly nodePools: NodePools;
  readonly namespaces: Namespaces;
  readonly variables: Variables;
  readonly services: Services;
  readonly search: Search;
  readonly scaling: Scaling;
  readonly operator: Operator;
  readonly system: System;
  readonly status: Status;
  readonly agent: Agent;
  readonly acl: Acl;
  readonly events: Events;
  readonly logs: Logs;
  readonly fs: Fs;
  readonly exec: Exec;
  readonly raw: Raw;
  readonly volumes: { readonly host: HostVolumes; readonly csi: CsiVolumes };
  readonly #transport: NomadTransport;
  readonly #own: boolean;
  readonly #closed = new AbortController();

  constructor(options: ClientOptions) {
    const { clock = systemClock, logger = silent, transport, ...connection } = options;
    const site = siteOf(connection);
    this.#own = transport === undefined;
    this.#transport = transport ?? createHttpTransport({ site, credentials: credentialsOf(site), clock, logger });
    const { namespace } = site.defaults;
    const call = new Caller({ transport: this.#transport, clock, namespace, closed: this.#closed.signal });
    this.jobs = new Jobs(call);
    this.evaluations = new Evaluations(call);
    this.allocations = new Allocations(call);
    this.deployments = new Deployments(call);
    this.nodes = new Nodes(call);
    this.nodePools = new NodePools(call);
    this.namespaces = new Namespaces(call);
    this.variables = new Variables(call);
    this.services = new Services(call);
    this.search = new Search(call);
    this.scaling = new Scaling(call);
    this.operator = new Operator(call);
    this.system = new System(call);
    this.status = new Status(call);
    this.agent = new Agent(call);
    this.acl = new Acl(call);
    this.events = new Events(call);
    this.logs = new Logs(call);
    this.fs = new Fs(call);
    this.exec = new Exec(call);
    this.raw = new Raw(call);
    this.volumes = { host: new HostVolumes(call), csi: new CsiVolumes(call) };
  }

  /** The agent in use now, without credentials. */
  get address(): string {
    return this.#transport.address;
  }

  /** Ends every call and stream under way (they fail with an `AbortError`), and closes the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new DOMException("The Nomad client was closed.", "AbortError"));
    if (this.#own) await this.#transport[Symbol.asyncDispose]();
  }
}
