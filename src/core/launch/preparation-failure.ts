import type { TaskEvent } from "../model/allocation.js";
import type { Outcome } from "../model/outcome.js";

type Failure = Pick<Outcome, "kind" | "sentence" | "advice" | "retriable">;

/** Nomad's words (client/allocrunner/taskrunner/artifact_hook.go; taskrunner/template/template.go). */
const artifactText = /failed to download artifact "([^"]*)":\s*([\s\S]*)/;
const killedByTemplate = /^Template (?:failed: )?([\s\S]*)/;
const hookOfTemplate = /^template: (?:failed to read template: )?([\s\S]*)/;

/** Our own templates of secrets say so, in the only way a template can (plugins/secrets.ts). */
const missingSecret = /parseInt: strconv\.ParseInt: parsing "([^"]+)"/;

/** Such a source gives the same answer next time. */
const final = /bad response code: 4\d\d|[Cc]hecksums? did not match|no getter|unsupported protocol|invalid source/;

/** What failed before the task could start, whatever its driver: an artifact, a template. */
export function preparationFailure(events: readonly TaskEvent[]): Failure | undefined {
  return artifactFailure(events) ?? templateFailure(events);
}

export function artifactFailure(events: readonly TaskEvent[]): Failure | undefined {
  const event = events.findLast(({ Type }) => Type === "Failed Artifact Download");
  if (event === undefined || events.some(({ Type }) => Type === "Started")) return undefined;
  const said = event.DisplayMessage ?? event.Message ?? "";
  const [, source = "", why = said] = artifactText.exec(said) ?? [];
  return {
    kind: "failed",
    sentence: `The artifact ${source} could not be fetched: ${oneLine(why)}.`,
    advice: "Correct artifacts, or make the source reachable from the nodes.",
    retriable: !final.test(why),
  };
}

/** One that fails while it is rendered kills the task, whether it ran already or not; one that cannot be read fails a hook. */
export function templateFailure(events: readonly TaskEvent[]): Failure | undefined {
  const why = events.map(templateText).find((text) => text !== undefined);
  if (why === undefined) return undefined;
  const missing = missingSecret.exec(why)?.[1];
  if (missing !== undefined) {
    const advice = "Correct secrets, or put it there.";
    return { kind: "failed", sentence: `A secret of the task is not there: ${missing}.`, advice, retriable: false };
  }
  return {
    kind: "failed",
    sentence: `A template could not be rendered: ${oneLine(why)}.`,
    advice: "Correct templates: what it reads must be there, and readable to this job.",
    retriable: !/parse|parsing|execute|no such file|map has no entry/.test(why),
  };
}

function templateText({ Type, DisplayMessage = "" }: TaskEvent): string | undefined {
  if (Type === "Killing") return killedByTemplate.exec(DisplayMessage)?.[1];
  return Type === "Task hook failed" ? hookOfTemplate.exec(DisplayMessage)?.[1] : undefined;
}

/** Nomad joins errors by line breaks, and ends some with a period. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, 400);
}
