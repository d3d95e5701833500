import { readFile } from "node:fs/promises";
import { refuse } from "../errors/refuse.js";
import type { LaunchRequest } from "../model/launch-request.js";
import { parseReference, type SecretReference } from "../model/secret-reference.js";

/**
 * Reads the secrets that are here, at the submitter's: `env:NAME` and `file:/path` become secret environment, which
 * travels in the job's own Nomad variable. What the node reads (`nomad:`, `vault:`), and what is no reference at all, is
 * the `secrets` feature's business.
 *
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID` for what is not there; never with a value in it.
 */
export async function resolveSecrets(
  request: LaunchRequest,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LaunchRequest> {
  const asked = Object.entries(request.secrets ?? {});
  const found: Record<string, string> = {};
  for (const [variable, text] of asked) {
    const value = await valueOf(`secrets.${variable}`, parseReference(text), env);
    if (value !== undefined) found[variable] = value;
  }
  if (Object.keys(found).length === 0) return request;
  return { ...request, secretEnv: { ...request.secretEnv, ...found } };
}

async function valueOf(
  field: string,
  reference: SecretReference | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (reference?.kind === "file") return fromFile(field, reference.path);
  if (reference?.kind !== "env") return undefined;
  const value = env[reference.name];
  if (value !== undefined && value !== "") return value;
  const problem = `the environment variable ${reference.name} is ${value === "" ? "empty" : "not set"} here`;
  throw refuse(field, problem, `Export ${reference.name} before you start, or name another.`);
}

/** Files of secrets end in a newline more often than secrets do: one is left out. */
async function fromFile(field: string, path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw refuse(field, `the file ${path} cannot be read here (${code})`, "Correct the path, or let yourself read it.");
  });
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, "");
  } catch {
    throw refuse(field, `the file ${path} is not UTF-8 text`, "Encode it, e.g. in base64, and decode it in the task.");
  }
}
