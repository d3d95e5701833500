import { block, type BlockSpec, duration, flag, oneOf, readBlocks, text, texts, whole } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Template } from "../core/model/job.js";
import type { JsonValue } from "../core/model/json.js";
import { editTask } from "./edit-job.js";

const script: BlockSpec = {
  command: text("Command", { required: true }),
  args: texts("Args"),
  timeout: duration("Timeout"),
  fail_on_error: flag("FailOnError"),
  run_on_first_render: flag("RunOnFirstRender"),
};

const spec: BlockSpec = {
  data: text("EmbeddedTmpl"),
  source: text("SourcePath"),
  destination: text("DestPath"),
  env: flag("Envvars"),
  perms: text("Perms"),
  uid: whole("Uid"),
  gid: whole("Gid"),
  change_mode: oneOf("ChangeMode", ["noop", "restart", "signal", "script"]),
  change_signal: text("ChangeSignal"),
  change_script: block("ChangeScript", script),
  left_delimiter: text("LeftDelim"),
  right_delimiter: text("RightDelim"),
  splay: duration("Splay"),
  wait: block("Wait", { min: duration("Min"), max: duration("Max") }),
  once: flag("Once"),
  error_on_missing_key: flag("ErrMissingKey"),
};

/** Files, or environment, that the node renders before the step starts. */
export const templates: LaunchFeature = {
  name: "templates",
  after: ["environment", "secret-environment"],
  blocks: ["templates"],
  contribute(job, { request: { blocks } }) {
    if (blocks?.["templates"] === undefined) return job;
    const asked = readTemplates(blocks["templates"]);
    return editTask(job, ({ Templates = [] }) => ({ Templates: [...Templates, ...asked] }));
  },
};

/** The templates of any task. */
export const readTemplates = (value: JsonValue): readonly Template[] =>
  readBlocks(spec, value, "templates").map(complete);

/** Nomad's default is to restart the task when a value changes: a step that ran once would run again. */
function complete(asked: Partial<Template>, index: number): Template {
  const field = `templates[${index}]`;
  checkSource(asked, field);
  checkPerms(asked, field);
  return { ChangeMode: changeOf(asked), ...asked, DestPath: destinationOf(asked, index) };
}

function changeOf({ ChangeSignal, ChangeScript }: Partial<Template>): Template["ChangeMode"] {
  if (ChangeScript !== undefined) return "script";
  return ChangeSignal === undefined ? "noop" : "signal";
}

function checkSource({ EmbeddedTmpl: data, SourcePath: source }: Partial<Template>, field: string): void {
  if ((data === undefined) !== (source === undefined)) return;
  const problem = data === undefined ? "there is nothing to render" : "there are two things to render";
  throw refuse(field, problem, "Give data= (the template itself) or source= (a file of an artifact), one of the two.");
}

function destinationOf({ DestPath: path, Envvars: env }: Partial<Template>, index: number): string {
  const field = `templates[${index}].destination`;
  if (path === undefined && env === true) return `secrets/template-${index}.env`;
  if (path === undefined) throw refuse(field, "it is missing", 'Say where the file goes, e.g. "local/app.conf".');
  if (!/^(local|secrets)\/metaflow-nomad[\w-]*\.env$/.test(path)) return path;
  throw refuse(field, `${path} is the launcher's own`, "Use another name.");
}

function checkPerms({ Perms: perms }: Partial<Template>, field: string): void {
  if (perms === undefined || /^0?[0-7]{3}$/.test(perms)) return;
  throw refuse(`${field}.perms`, `${JSON.stringify(perms)} is no permission`, 'Write it in octal, as text: "0600".');
}
