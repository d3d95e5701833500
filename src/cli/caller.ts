import { z } from "zod";
import { LauncherError } from "../core/errors/launcher-error.js";

const text = z.string();
const texts = z.record(text, text);
const finding = z.object({
  check: text,
  status: z.enum(["ok", "warn", "fail"]),
  found: text,
  todo: text.optional(),
});

/** What the wheel's command says of who called it. */
const caller = z.object({
  /** METAFLOW_NOMAD_* names, without the prefix, that stand in Metaflow's own configuration; and that file. */
  metaflow: z.object({ file: text, names: z.array(text) }).optional(),
  submitter: z
    .object({
      python: text,
      interpreter: text,
      image: text,
      user: text.optional(),
      numbers: text.optional(),
      datastore: z.object({
        type: text,
        root: text,
        findings: z.array(finding),
        fetch: z.object({ install: text, download: text, env: texts, secretEnv: texts }).optional(),
      }),
    })
    .optional(),
});
export type Caller = z.infer<typeof caller>;

/** Reads what the wheel's command put into METAFLOW_NOMAD_CALLER (nothing else sets it), and takes it out of the environment: secrets of the submitter's are in it. */
export function takeCaller(env: NodeJS.ProcessEnv): Caller {
  const said = env["METAFLOW_NOMAD_CALLER"];
  delete env["METAFLOW_NOMAD_CALLER"];
  if (said === undefined) return {};
  const parsed = caller.safeParse(JSON.parse(said));
  if (parsed.success) return parsed.data;
  throw new LauncherError("NOMAD_E_HOST_PROTOCOL", { problem: z.prettifyError(parsed.error).replaceAll("\n", " ") });
}
