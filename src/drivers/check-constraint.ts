import type { Constraint } from "../core/model/job.js";
import type { ConstraintAsk } from "../core/model/launch-request.js";
import { refuse } from "../core/errors/refuse.js";

/** What each operand needs, from Nomad's own check (nomad/structs/structs.go, `Constraint.Validate`). */
const operands: Readonly<Record<string, { readonly left: boolean; readonly right: "yes" | "no" | "may" }>> = {
  ...Object.fromEntries(
    ["=", "==", "is", "!=", "not", "<", "<=", ">", ">=", "regexp", "version", "semver"].map((name) => [
      name,
      { left: true, right: "yes" },
    ]),
  ),
  ...Object.fromEntries(
    ["set_contains", "set_contains_all", "set_contains_any"].map((name) => [name, { left: true, right: "yes" }]),
  ),
  is_set: { left: true, right: "no" },
  is_not_set: { left: true, right: "no" },
  distinct_hosts: { left: false, right: "may" },
  distinct_property: { left: true, right: "may" },
};

/** What a `${…}` may name, from scheduler/feasible/feasible.go, `resolveTarget` and `resolveDeviceTarget`. */
const targets = {
  node: /^\$\{(?:node\.(?:unique\.id|datacenter|unique\.name|class|pool)|attr\.[^{}]+|meta\.[^{}]+)\}$/,
  device: /^\$\{device\.(?:vendor|type|model|ids|attr\.[^{}]+)\}$/,
} as const;

const examples = {
  node: "${attr.kernel.name}, ${node.class} or ${meta.rack}",
  device: "${device.attr.memory}",
} as const;

/**
 * Checks a constraint as Nomad would, and further: one that can match no node is refused, too.
 * @throws LauncherError `NOMAD_E_REQUEST_INVALID`
 */
export function checkConstraint(ask: ConstraintAsk, field: string, about: keyof typeof targets = "node"): Constraint {
  const needs = Object.hasOwn(operands, ask.Operand) ? operands[ask.Operand] : undefined;
  const unique = ask.Operand.startsWith("distinct_");
  if (needs === undefined || (about === "device" && unique)) {
    const known = Object.keys(operands).filter((name) => about === "node" || !name.startsWith("distinct_"));
    throw refuse(field, `Nomad has no operator ${JSON.stringify(ask.Operand)} here`, `Use one of ${known.join(" ")}.`);
  }
  checkSides(ask, needs, field);
  for (const side of [ask.LTarget, ask.RTarget]) checkTarget(side, field, about);
  checkNamesSomething(ask, needs.left, field, about);
  return tidy(ask);
}

function checkSides(ask: ConstraintAsk, needs: { left: boolean; right: "yes" | "no" | "may" }, field: string): void {
  const operator = JSON.stringify(ask.Operand);
  if (needs.left && empty(ask.LTarget)) {
    throw refuse(field, `${operator} needs an attribute`, "Add `attribute` (Nomad: LTarget).");
  }
  if (needs.right === "yes" && empty(ask.RTarget)) {
    throw refuse(field, `${operator} needs a value`, "Add `value` (Nomad: RTarget).");
  }
  if (needs.right === "no" && !empty(ask.RTarget)) {
    throw refuse(field, `${operator} takes no value`, "Leave `value` (Nomad: RTarget) out.");
  }
}

function checkTarget(side: string | undefined, field: string, about: keyof typeof targets): void {
  if (side === undefined || !side.startsWith("${") || targets[about].test(side)) return;
  throw refuse(field, `Nomad knows no ${side} here`, `Write for instance ${examples[about]}.`);
}

/** Two constants compare alike on every node: nearly always a `${…}` that was forgotten. */
function checkNamesSomething(ask: ConstraintAsk, needed: boolean, field: string, about: keyof typeof targets): void {
  if (!needed || ask.LTarget?.startsWith("${") || ask.RTarget?.startsWith("${")) return;
  throw refuse(
    field,
    `${JSON.stringify(ask.LTarget)} is a plain word, not an attribute`,
    `Write \${${ask.LTarget ?? ""}}, or for instance ${examples[about]}.`,
  );
}

const empty = (text: string | undefined): boolean => text === undefined || text === "";

function tidy({ LTarget, RTarget, Operand }: ConstraintAsk): Constraint {
  return {
    Operand,
    ...(LTarget === undefined ? {} : { LTarget }),
    ...(RTarget === undefined ? {} : { RTarget }),
  };
}
