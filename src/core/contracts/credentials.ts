/** Where the ACL token comes from. */
export interface Credentials {
  /** Kind and place, for messages (`token file /run/secrets/nomad-token`); never the token. */
  readonly origin: string;
  /** The token to send now; undefined for none. */
  token(signal: AbortSignal): Promise<string | undefined>;
  /** Called after a 403: drop what is cached. Returns whether another try may do better. */
  refresh(signal: AbortSignal): Promise<boolean>;
}
