"""What Metaflow's own records say of a task's attempts on Nomad, also when Nomad has long forgotten them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from metaflow.exception import CommandException

_PLACE = (
    ("job", "job-id"),
    ("allocation", "allocation-id"),
    ("node", "node-name"),
    ("driver", "driver"),
    ("namespace", "namespace"),
    ("datacenter", "datacenter"),
    ("region", "region"),
)
_TIMES = ("submitted", "placed", "started", "finished")


def tasks(flow: str, run_id: str, path: str) -> list[Any]:
    """Return the tasks of `STEP` or `STEP/TASK` in a run, as Metaflow's Client has them."""
    from metaflow import Run, Step, Task, namespace
    from metaflow.exception import MetaflowNotFound

    namespace(None)
    parts = [part for part in path.split("/") if part]
    try:
        if len(parts) == 2:
            return [Task(f"{flow}/{run_id}/{'/'.join(parts)}")]
        if len(parts) == 1:
            return list(Step(f"{flow}/{run_id}/{parts[0]}"))
        return [task for step in Run(f"{flow}/{run_id}") for task in step] if not parts else _refuse(path)
    except MetaflowNotFound as error:
        raise CommandException(f"{error} `python flow.py nomad show --run-id ID STEP` names another run.") from None


def lines(task: Any) -> Iterator[str]:
    """Return what to print of one task: each attempt that ran on Nomad, oldest first."""
    for attempt, facts in sorted(_attempts(task).items()):
        yield f"{task.pathspec}, attempt {attempt}: {facts.get('outcome', 'not ended, or its end was not recorded')}"
        if "verdict" in facts:
            yield f"  {facts['verdict']}"
        yield "  " + ", ".join(f"{name} {facts[key]}" for name, key in _PLACE if key in facts)
        yield "  " + ", ".join(f"{name} {facts[f'{name}-at']}" for name in _TIMES if f"{name}-at" in facts)
        for event in json.loads(facts.get("events", "[]")):
            yield f"    {event['at']}  {event['type']}: {event['message']}"


def _attempts(task: Any) -> dict[int, dict[str, str]]:
    from metaflow import Task

    found = {}
    for attempt in range(task.current_attempt + 1):
        data = Task(task.pathspec, attempt=attempt).metadata
        facts = {datum.name[6:]: datum.value for datum in data if datum.name.startswith("nomad-")}
        if facts:
            found[attempt] = facts
    return found


def _refuse(path: str) -> list[Any]:
    raise CommandException(f"{path!r} is neither STEP nor STEP/TASK.")
