/** One entry of the catalogue. `{name}` is filled from the error's facts. */
export interface CatalogueEntry {
  /** What happened to what; `{name}` is a fact of the error. */
  readonly sentence: string;
  /** What to do next. */
  readonly hint: string;
  /** Whether time alone may cure it. */
  readonly retryable: boolean;
}

const entry = (sentence: string, hint: string, retryable = false): CatalogueEntry => ({ sentence, hint, retryable });

/** Every error this project reports. docs/errors.md lists the same codes; a test holds the two together. */
export const catalogue = {
  NOMAD_E_CONFIG_NOT_FOUND: entry(
    "No Nomad cluster is configured (no config file, no METAFLOW_NOMAD_ADDRESS and no NOMAD_ADDR was found), and none answers at {address}.",
    "Set METAFLOW_NOMAD_ADDRESS, or write a site config (docs/configuration.md). `metaflow-nomad dev` starts a local cluster to try with.",
  ),
  NOMAD_E_CONFIG_UNREADABLE: entry("The config file {file} cannot be read: {reason}.", "Correct the file at {place}."),
  NOMAD_E_CONFIG_INVALID: entry(
    "{file}, {place}: {problem}.",
    "Correct that value; docs/configuration.md lists every key.",
  ),
  NOMAD_E_CONFIG_COMMAND: entry(
    "The command {command} for the ACL token failed: {reason}.",
    "Run it by hand; it must print the token and nothing else on standard output. See `auth.tokenCommand` of the site.",
  ),
  NOMAD_E_CONFIG_UNKNOWN_SITE: entry("Site {site} is not configured in {file}.", "Known sites: {known}."),
  NOMAD_E_PLUGIN_LOAD: entry(
    "Plugin {plugin} could not be loaded: {reason}.",
    "Install the package, or correct `plugins` in {file}.",
  ),
  NOMAD_E_PLUGIN_SHAPE: entry(
    "Plugin {plugin} is not usable: {problem}.",
    "A plugin module exports `definePlugin({name, apiVersion, setup})`; see docs/writing-a-plugin.md.",
  ),
  NOMAD_E_PLUGIN_OPTIONS: entry("The options of plugin {plugin} are not right: {problem}.", "Correct them in {file}."),
  NOMAD_E_PLUGIN_FAILED: entry(
    "Plugin {plugin} failed in {what}: {reason}.",
    "That is the plugin's own mistake: report it to its author, or take the plugin out of `plugins`.",
  ),
  NOMAD_E_PLUGIN_SEVERAL: entry(
    "{count} plugins cannot be used:{problems}\nNothing was submitted.",
    "A plugin that a run may go on without has `required: false`.",
  ),
  NOMAD_E_PLUGIN_CONFLICT: entry(
    "Plugins {first} and {second} both register the {kind} {name}.",
    "Remove one of the two from `plugins`.",
  ),
  NOMAD_E_PLUGIN_UNKNOWN: entry(
    "The site {site} asks for the {kind} {name}, which no plugin registers.",
    "Registered: {known}. Add the plugin that brings it, or correct the name.",
  ),
  NOMAD_E_REQUEST_INVALID: entry("{field}: {problem}.", "{cure}"),
  NOMAD_E_REQUEST_DEVICE: entry("The device {device} cannot be requested: {problem}.", "{cure}"),
  NOMAD_E_REQUEST_DRIVER: entry("No plugin brings the task driver {driver}.", "Known drivers: {known}."),
  NOMAD_E_REQUEST_UNPLACEABLE: entry(
    "No node of site {site} can run it: {reason}.",
    "Ask for less, or for other nodes; `nomad node status` shows those there are. Where nodes are added later, set `placementTimeoutMinutes` of the site: then it waits so long.",
  ),
  NOMAD_E_REQUEST_VERSION: entry(
    "{what} needs Nomad {since}; {address} has {version} and would drop it without a word.",
    "Leave it out, or run the step on a site with that version.",
  ),
  NOMAD_E_REQUEST_SHARED: entry(
    "The local datastore at {path} is not on storage that site {site} shares with its nodes.",
    "Set `shared.path` of the site to a folder that holds it, or use --datastore s3.",
  ),
  NOMAD_E_TRANSPORT_UNREACHABLE: entry(
    "Nomad at {address} cannot be reached: {reason}.",
    "Check the address of site {site}, that the agent runs, and the network between.",
    true,
  ),
  NOMAD_E_TRANSPORT_PLAIN_TO_TLS: entry(
    "Nomad at {address} speaks TLS, and it was called with http.",
    "Use https:// in the address of site {site}, with `tls`.",
  ),
  NOMAD_E_TRANSPORT_TLS: entry(
    "The TLS connection to Nomad at {address} was refused: {reason}.",
    "Check `tls.ca`, `tls.cert`, `tls.key` and `tls.serverName` of site {site}.",
  ),
  NOMAD_E_TRANSPORT_TIMEOUT: entry(
    "Nomad at {address} did not answer {call} within {seconds} s.",
    "Look at the agent's load and log; raise the limit only if it is known to be slow.",
    true,
  ),
  NOMAD_E_TRANSPORT_BROKEN: entry(
    "The connection to Nomad at {address} broke during {call}: {reason}.",
    "Usually passing; if it repeats, look at the agent and at proxies between.",
    true,
  ),
  NOMAD_E_TRANSPORT_NOT_NOMAD: entry(
    "{address} answered {call} with something that is not Nomad's: {reason}.",
    "Check the address of site {site}: another server, or a proxy's page, answers there.",
  ),
  NOMAD_E_API_FORBIDDEN: entry(
    "Nomad refused {call}: the token ({origin}) lacks the right {right} ({reason}).",
    "Use a token whose policy allows it in namespace {namespace}; docs/acl.md has a policy for each use.",
  ),
  NOMAD_E_API_BAD_TOKEN: entry(
    "Nomad does not know the ACL token ({origin}).",
    "Check METAFLOW_NOMAD_TOKEN, or `auth` of site {site}; tokens also expire.",
  ),
  NOMAD_E_API_NAMESPACE: entry(
    "Nomad has no namespace {namespace}.",
    "Check the name; `nomad namespace list` shows those you may see.",
  ),
  NOMAD_E_API_REGION: entry(
    "Nomad at {address} knows no path to region {region}.",
    "Check the region's name; `nomad server members` shows the regions.",
  ),
  NOMAD_E_API_REFUSED: entry("Nomad refused {call} (HTTP {status}): {reason}.", "Correct what Nomad names there."),
  NOMAD_E_API_NOT_FOUND: entry(
    "Nomad has no {thing} (HTTP 404 on {call}).",
    "It may have been purged or garbage-collected; `nomad job status` shows what is left.",
  ),
  NOMAD_E_API_BUSY: entry(
    "Nomad at {address} refuses more connections (HTTP 429 on {call}).",
    "Lower `connections` of site {site}, or raise http_max_conns_per_client on the agent.",
    true,
  ),
  NOMAD_E_API_SERVER: entry(
    "Nomad failed on {call} (HTTP {status}): {reason}.",
    "See the server's log; a cluster without a leader answers like this.",
    true,
  ),
  NOMAD_E_API_COMMAND: entry(
    "Task {task} cannot run the command {command}: {reason}.",
    "Check its spelling, and that the task's image or node has it.",
  ),
  NOMAD_E_API_REPLY: entry(
    "Nomad's reply to {call} is not understood: {problem}.",
    "Report it with the Nomad version; a proxy may also have changed the reply.",
  ),
  NOMAD_E_API_VERSION: entry(
    "Nomad {version} at {address} is older than 1.7.7, the oldest supported.",
    "Upgrade the cluster.",
  ),
  NOMAD_E_WATCH_GAP: entry(
    "The event stream of {address} lost events ({reason}).",
    "The launcher lists again by itself; nothing is lost.",
    true,
  ),
  NOMAD_E_QUEUE_FAILED: entry(
    "The queue {queue} could not be counted: {reason}.",
    "The autoscaler leaves the count alone and asks again; see that the address, the name and the credentials of the queue are right.",
    true,
  ),
  NOMAD_E_LAUNCH_DUPLICATE: entry(
    "A job {job} is there already and is not ours.",
    "Stop it with `nomad job stop -purge {job}`, or start a new run.",
  ),
  NOMAD_E_LAUNCH_INTERNAL: entry("The launcher failed on its own: {reason}.", "Report it with the lines above."),
  NOMAD_E_HOST_UNREACHABLE: entry("The launch host of this run cannot be reached at {socket}: {reason}.", "See {log}."),
  NOMAD_E_HOST_SOCKET: entry(
    "The launch host cannot listen at {socket}: {reason}.",
    "Each run has a folder of its own, for its user alone; end what uses this one, or start a new run.",
  ),
  NOMAD_E_HOST_VERSION: entry(
    "This run speaks version {theirs} of the launch host's protocol, and the metaflow-nomad that is installed now speaks {ours}.",
    "The package was changed while the run went on. End the run and go on with `resume`, which keeps what has succeeded; or install the earlier version again.",
  ),
  NOMAD_E_HOST_PROTOCOL: entry(
    "The launch host was sent something it does not understand: {problem}.",
    "The wheel and the bundled JavaScript must be of one version; reinstall metaflow-nomad.",
  ),
} as const satisfies Record<string, CatalogueEntry>;

/** Code of an error in the catalogue. */
export type ErrorCode = keyof typeof catalogue;
