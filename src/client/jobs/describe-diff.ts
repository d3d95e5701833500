import type * as Nomad from "../types/nomad.js";

const marks: Readonly<Record<string, string>> = { Added: "+", Deleted: "-", Edited: "+/-" };
const markOf = (type: string) => marks[type] ?? "";

/** What a plan or a version changes, as lines in the shape of `nomad job plan`. Unchanged parts are left out. */
export function describeDiff(diff: Nomad.JobDiff): string[] {
  if (diff.Type === "None") return [`Job ${diff.ID}: no changes`];
  const own = diff.Type === "Edited" ? describeParts(diff, 1) : [];
  const groups = (diff.TaskGroups ?? []).filter(isSaid).flatMap(describeGroup);
  return [`${marked(diff.Type)}Job ${diff.ID}`, ...own, ...groups];
}

type Parts = Pick<Nomad.ObjectDiff, "Fields" | "Objects">;

const isSaid = ({ Type, Updates }: Nomad.TaskGroupDiff) => Type !== "None" || Object.keys(Updates ?? {}).length > 0;
const indent = (depth: number) => "  ".repeat(depth);
const marked = (type: string) => (markOf(type) === "" ? "" : `${markOf(type)} `);

function describeGroup({ Type, Name, Updates, Tasks, ...parts }: Nomad.TaskGroupDiff): string[] {
  const counts = Object.entries(Updates ?? {}).map(([what, count]) => `${String(count)} ${what}`);
  const told = counts.length === 0 ? "" : ` (${counts.sort().join(", ")})`;
  const tasks = (Tasks ?? []).filter((task) => task.Type !== "None").flatMap(describeTask);
  return [
    `${indent(1)}${marked(Type)}Group ${Name}${told}`,
    ...(Type === "Edited" ? describeParts(parts, 2) : []),
    ...tasks,
  ];
}

function describeTask({ Type, Name, Annotations, ...parts }: Nomad.TaskDiff): string[] {
  const told = (Annotations ?? []).length === 0 ? "" : ` (${(Annotations ?? []).join(", ")})`;
  return [`${indent(2)}${marked(Type)}Task ${Name}${told}`, ...(Type === "Edited" ? describeParts(parts, 3) : [])];
}

function describeParts({ Fields, Objects }: Parts, depth: number): string[] {
  const fields = (Fields ?? [])
    .filter(({ Type }) => Type !== "None")
    .map((field) => indent(depth) + describeField(field));
  const objects = (Objects ?? [])
    .filter(({ Type }) => Type !== "None")
    .flatMap((one) => [
      `${indent(depth)}${marked(one.Type)}${one.Name} {`,
      ...describeParts(one, depth + 1),
      `${indent(depth)}}`,
    ]);
  return [...fields, ...objects];
}

function describeField({ Type, Name, Old, New, Annotations }: Nomad.FieldDiff): string {
  const told = (Annotations ?? []).length === 0 ? "" : ` (${(Annotations ?? []).join(", ")})`;
  const [before, after] = [JSON.stringify(Old), JSON.stringify(New)];
  const values = Type === "Edited" ? `${before} => ${after}` : Type === "Deleted" ? before : after;
  return `${marked(Type)}${Name}: ${values}${told}`;
}
