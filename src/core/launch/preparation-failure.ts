import type { TaskEvent } from "../model/allocation.js";
import type { Outcome } from "../model/outcome.js";

type Failure = Pick<Outcome, "kind" | "sentence" | "advice" | "retriable">;

/** Nomad's words (client/allocrunner/taskrunner/artifact_hook.go; taskrunner/template/template.go). */
const artifactText = /failed to download artifact "([^"]*)":\s*([\s\S]*)/;
const templateText = /^Template (?:failed|script failed|runner returned|failed to [a-z ]+)\b:?\s*([\s\S]*)/;

/** Such a source gives the same answer next time. */
const final = /bad response code: 4\d\d|[Cc]hecksums? did not match|no getter|unsupported protocol|invalid source/;

/** What failed before the task could start, whatever its driver: an artifact, a template. */
export function preparationFailure(events: readonly TaskEvent[]): Failure | undefined {
  return artifactFailure(events) ?? templateFailure(events);
}

function artifactFailure(events: readonly TaskEvent[]): Failure | undefined {
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

/** The task is then killed, whether it ran already or not. */
function templateFailure(events: readonly TaskEvent[]): Failure | undefined {
  const said = events.filter(({ Type }) => Type === "Killing").map(({ DisplayMessage = "" }) => DisplayMessage);
  const why = said.map((text) => templateText.exec(text)?.[1]).find((text) => text !== undefined);
  if (why === undefined) return undefined;
  return {
    kind: "failed",
    sentence: `A template could not be rendered: ${oneLine(why)}.`,
    advice: "Correct templates: what it reads must be there, and readable to this job.",
    retriable: !/parse|execute|undefined|map has no entry/.test(why),
  };
}

/** Nomad joins errors by line breaks, and ends some with a period. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, 400);
}
