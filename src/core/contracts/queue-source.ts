/** Tells how many messages wait in a queue, so that `metaflow-nomad autoscale` can follow it. */
export interface QueueSource extends AsyncDisposable {
  /** Kind, place and queue, for messages and scaling events; never a password. */
  readonly origin: string;
  /**
   * How many messages wait now; 0 for a queue that is not there (yet).
   * @throws what keeps it from being asked; the autoscaler says so, leaves the count alone, and asks again at its next look.
   */
  depth(signal: AbortSignal): Promise<number>;
}

/** Where a queue is. */
export interface QueueAddress {
  /** The server, with user and password where it wants them. Its scheme has chosen the source. */
  readonly url: URL;
  /** The queue's name there. */
  readonly queue: string;
}

/**
 * Makes the source of one queue; it connects when it is asked, not before.
 * @throws LauncherError for an address that it cannot read.
 */
export type QueueSourceFactory = (address: QueueAddress) => QueueSource;
