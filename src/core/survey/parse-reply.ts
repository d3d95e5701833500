import { z } from "zod";
import { LauncherError } from "../errors/launcher-error.js";

/** @throws LauncherError `NOMAD_E_API_REPLY` when a reply is not what the call is documented to give. */
export function parseReply<T>(schema: z.ZodType<T>, body: unknown, call: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new LauncherError("NOMAD_E_API_REPLY", { call, problem: z.prettifyError(parsed.error).replaceAll("\n", " ") });
}
