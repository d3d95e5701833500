"""What `@nomad` does not go together with, and what has no effect beside it."""

from __future__ import annotations

from typing import Any

from .exceptions import NomadException

_BACKENDS = ("batch", "kubernetes", "slurm", "nvidia", "nvct", "snowpark", "skypilot_step")
_DEPLOYERS = {
    "argo-workflows": "Argo Workflows, which runs steps on Kubernetes",
    "step-functions": "AWS Step Functions, which runs steps on AWS Batch",
    "airflow": "Airflow, which runs steps on Kubernetes",
}
_NO_CATCH = (
    "The step has both @parallel and @catch: the fallback of @catch would have to stand in for several tasks.",
    "Take one of the two away; @retry works with @parallel.",
)
# They speak to a production scheduler; `run` starts a flow here and now.
_SCHEDULING = ("schedule", "trigger", "trigger_on_finish")


def refuse_other_backends(step: str, decorators: Any) -> None:
    """Refuse a step that another decorator sends elsewhere."""
    others = [deco.name for deco in decorators if deco.name in _BACKENDS]
    if others:
        raise NomadException(f"The step has both @nomad and @{others[0]}.", "Give one of the two.", step=step)


def refuse_catch_of_parallel(step: str, decorators: Any) -> None:
    """Refuse @catch on a step whose task is several."""
    names = {deco.name for deco in decorators}
    if "catch" in names and any(getattr(deco, "IS_PARALLEL", False) for deco in decorators):
        raise NomadException(*_NO_CATCH, step=step)


def refuse_deployment(step: str) -> None:
    """Refuse to hand the step to a scheduler that would run it somewhere else, without a word about Nomad.

    Metaflow's own deployers refuse the backends they know by name; they attach their own to every step.
    """
    deployer = _deployer()
    if deployer:
        raise NomadException(
            f"A step with @nomad cannot be deployed to {_DEPLOYERS[deployer]}.",
            "Take @nomad off the step, or let a scheduler (cron, a periodic job of Nomad) start `python flow.py run`.",
            step=step,
        )


def idle_flow_decorators(flow: Any) -> list[str]:
    """Say which decorators of the flow do nothing in a run that is started by hand."""
    found = [f"@{name}" for name in _SCHEDULING if flow._flow_decorators.get(name)]
    if not found:
        return []
    have = "have" if len(found) > 1 else "has"
    return [f"{' and '.join(found)} {have} no effect with `run`: only a deployed flow is started by a scheduler."]


def _deployer() -> str | None:
    """Return the production scheduler that this process deploys the flow to."""
    from metaflow._vendor import click

    context = click.get_current_context(silent=True)
    root = context.find_root() if context else None
    # Metaflow keeps there what follows the options of the flow itself.
    words = getattr(root, "saved_args", None)
    if not root or not words or words[0] not in _DEPLOYERS:
        return None
    commands = getattr(root.command.get_command(root, words[0]), "commands", {})
    return words[0] if next((word for word in words[1:] if word in commands), None) == "create" else None
