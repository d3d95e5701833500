import { autoscale, type NomadClient, redisQueue, type ScaleLook } from "metaflow-nomad/client";

/** What is scaled, by what; the rest is as in `autoscale`: 100 messages for each worker, 1 to 20 workers, a cooldown of 60 s. */
export interface QueueScaling {
  readonly redisUrl: string;
  readonly jobId: string;
  readonly groupName: string;
  readonly queueName: string;
}

/** Keeps a group in step with a queue, until the signal aborts. */
export async function runScaler(
  nomad: NomadClient,
  { redisUrl, jobId, groupName, queueName }: QueueScaling,
  onLook: (look: ScaleLook) => void,
  signal: AbortSignal,
): Promise<never> {
  const source = redisQueue({ url: new URL(redisUrl), queue: queueName });
  for await (const look of autoscale(nomad, jobId, { source, group: groupName, signal })) onLook(look);
  throw signal.reason;
}
