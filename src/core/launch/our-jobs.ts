import type { NomadTransport } from "../contracts/transport.js";
import { LauncherError } from "../errors/launcher-error.js";

/** A job as the list shows it. Source: https://developer.hashicorp.com/nomad/api-docs/jobs#list-jobs */
export interface JobStub {
  readonly ID: string;
  readonly Namespace?: string;
  readonly Status?: string;
  /** Nanoseconds since the epoch. */
  readonly SubmitTime?: number;
  readonly Meta?: Readonly<Record<string, string>> | null;
}

/** Where to look; the namespace counts where the token may not look in all of them. */
export interface WhereToLook {
  readonly namespace: string;
  readonly region?: string | undefined;
}

/** A list of every namespace the token may see, or of the given one. */
export async function listEverywhere(
  path: string,
  query: Readonly<Record<string, string | boolean>>,
  { namespace, region }: WhereToLook,
  transport: NomadTransport,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const ask = async (where: string) =>
    (await transport.request({ method: "GET", path, query: { ...query, namespace: where, region } }, signal)).body;
  const body = await ask("*").catch((error: unknown) => {
    if (error instanceof LauncherError && error.code === "NOMAD_E_API_FORBIDDEN") return ask(namespace);
    throw error;
  });
  if (Array.isArray(body)) return body as readonly unknown[];
  throw new LauncherError("NOMAD_E_API_REPLY", { call: `GET ${path}`, problem: "it is not a list" });
}

/** Jobs that this filter finds, with their meta. Source: https://developer.hashicorp.com/nomad/api-docs#filtering */
export async function listJobs(
  filter: string,
  where: WhereToLook,
  transport: NomadTransport,
  signal: AbortSignal,
): Promise<readonly JobStub[]> {
  return (await listEverywhere("/jobs", { meta: true, filter }, where, transport, signal)) as readonly JobStub[];
}
