import { type Finding, fail, ok, warn } from "./finding.js";
import type { Patient } from "./patient.js";
import { mark } from "./probe-script.js";

/** What the probe's task told, as findings. */
export function readProbeOutput(stdout: string, patient: Patient): readonly Finding[] {
  const told = stdout.split("\n").filter((line) => line.startsWith(`${mark}\t`));
  if (told.length === 0) return [];
  return told.flatMap((line) => {
    const [, name = "", status = "", text = ""] = line.split("\t");
    return readers[name]?.(status, text, patient) ?? [];
  });
}

type Reader = (status: string, text: string, patient: Patient) => Finding;

const readers: Readonly<Record<string, Reader>> = {
  start: (_status, text) => ok("probe start", `the task starts, as ${text === "" ? "somebody" : text}`),
  python: judgePython,
  shared: judgeShared,
  tools: (_status, text) =>
    fail("probe tools", `there is no ${text} in the image`, "Every step needs it: use an image that has it."),
  client: (_status, text) =>
    fail(
      "probe storage",
      `the datastore's client could not be installed on the node: ${text}`,
      "Use an image that has it, with METAFLOW_SKIP_INSTALL_DEPENDENCIES=1, or let the node reach a package index.",
    ),
  fetch: judgeFetch,
};

function judgePython(status: string, text: string, { submitter }: Patient): Finding {
  const where = "Set python of the site, or use another image.";
  if (status === "fail") return fail("probe python", `there is no ${text} on the node or in the image`, where);
  if (status !== "ok") return fail("probe python", `it does not work: ${text}`, where);
  if (submitter === undefined || submitter.python === text) return ok("probe python", text);
  const todo = "Data that one of them wrote may not be readable for the other: use the same minor version.";
  return warn("probe python", `${text} on the node, ${submitter.python} here`, todo);
}

function judgeShared(status: string, text: string, { site }: Patient): Finding {
  const path = site.shared?.path ?? "";
  if (status === "written") return ok("probe shared path", `${path} is there, and the task may write`);
  if (status === "absent")
    return fail("probe shared path", `${path} is not there for a task on the node`, "Mount it on the nodes.");
  const todo = "The submitter's name must exist on the nodes, with the same number and the right to write there.";
  return fail("probe shared path", `the task may not write to ${path}: ${text}`, todo);
}

function judgeFetch(status: string, text: string, { submitter }: Patient): Finding {
  const { type = "", root = "" } = submitter?.datastore ?? {};
  if (status === "ok") return ok("probe storage", `a task reads ${root} (${type}) with the credentials of a step`);
  const todo = "Check that the nodes reach it (by the same address), and which credentials they have.";
  return fail("probe storage", `a task cannot read ${root}: ${text}`, todo);
}
