import { autoscale, type ScaleLook } from "../client/jobs/autoscale.js";
import { durationOf } from "../core/blocks/duration.js";
import type { QueueSource } from "../core/contracts/queue-source.js";
import { refuse } from "../core/errors/refuse.js";
import type { Host } from "../core/host/host.js";
import { numberOf } from "./job/read-input.js";
import { say, warn } from "./say.js";
import { type PlaceOptions, withClients } from "./with-client.js";

export interface AutoscaleCommandOptions extends PlaceOptions {
  readonly queue: string;
  readonly url?: string;
  readonly messagesPerWorker: string;
  readonly min?: string;
  readonly max?: string;
  readonly interval: string;
  readonly cooldown: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The variable for an address with a password in it. */
const variable = "METAFLOW_NOMAD_QUEUE_URL";

/** `metaflow-nomad autoscale JOB [GROUP] --queue NAME`: goes on until it is interrupted. */
export function autoscaleCommand(
  id: string,
  group: string | undefined,
  options: AutoscaleCommandOptions,
): Promise<number> {
  if (options.site?.includes(",") === true)
    throw refuse("--site", "it names several", "It goes on until Ctrl-C: start one for each site.");
  const limit = (name: "min" | "max") => {
    const text = options[name];
    return text === undefined ? undefined : numberOf(`--${name}`, text);
  };
  const how = {
    group,
    messagesPerWorker: numberOf("--messages-per-worker", options.messagesPerWorker),
    min: limit("min"),
    max: limit("max"),
    intervalMs: durationOf(options.interval, "--interval") / 1e6,
    cooldownMs: durationOf(options.cooldown, "--cooldown") / 1e6,
    dryRun: options.dryRun,
  };
  return withClients(options, async ({ nomad, signal, host }) => {
    await using source = queueOf(host, options);
    const tell = options.json === true ? printLook : teller();
    for await (const look of autoscale(nomad, id, { ...how, source, signal })) tell(look);
    return 0;
  });
}

function queueOf(host: Host, { url: given, queue }: AutoscaleCommandOptions): QueueSource {
  const text = given ?? process.env[variable] ?? "redis://127.0.0.1:6379";
  const url = URL.parse(text);
  if (url === null) throw refuse("--url", "it is no address", "Write it like redis://127.0.0.1:6379/0.");
  // Everybody on the machine reads the arguments of its processes.
  if (given !== undefined && url.password !== "")
    throw refuse("--url", "it has a password in it", `Set ${variable} in place of the option.`);
  return host.queue({ url, queue });
}

function printLook(look: ScaleLook): void {
  process.stdout.write(`${JSON.stringify(look)}\n`);
}

/** Tells what is done, and anything else when it is not what it was at the last look. */
function teller() {
  let told = "";
  return ({ at, outcome, reason }: ScaleLook): void => {
    const key = outcome === "failed" || outcome === "off" ? `${outcome} ${reason}` : outcome;
    if (key === told && outcome !== "scaled") return;
    told = key;
    (outcome === "failed" ? warn : say)(`${new Date(at).toISOString()} ${outcome}: ${reason}\n`);
  };
}
