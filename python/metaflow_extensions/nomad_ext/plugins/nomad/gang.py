"""`@parallel`: the tasks of one step that start together, each a Nomad job of its own.

Here: what the launch side says of each node, and how a node finds the others once it runs.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any, NamedTuple

_TASK, _CONTEXT, _INDEX = "METAFLOW_NOMAD_TASK_ID", "METAFLOW_NOMAD_UBF_CONTEXT", "MF_PARALLEL_NODE_INDEX"

# What differs from node to node is in the environment, so that all run the same script.
OWN_OPTIONS = ("task-id", "split-index", "split_index", "ubf-context")
OWN_WORDS = f' --task-id "${_TASK}" --split-index "${_INDEX}" --ubf-context "${_CONTEXT}"'


class Node(NamedTuple):
    """One node of the gang; the first is the control task."""

    number: int
    task_id: str
    env: dict[str, str]


def size(cli_args: Any) -> int:
    """Return how many nodes the attempt wants; 0 where the step is not `@parallel`."""
    if "num-parallel" not in cli_args.command_options:
        return 0
    return int(cli_args.command_options["num-parallel"])


def nodes(control: str, count: int) -> list[Node]:
    """Return every node of a gang, as @kubernetes names its tasks: the control task, then `<control>-worker-<n>`."""
    workers = [f"{control}-worker-{number}" for number in range(count - 1)]
    return [Node(number, task, _env(control, number, task, count)) for number, task in enumerate([control, *workers])]


def name(job_id: str) -> str:
    """Return the name under which the nodes find each other: of an attempt's first job."""
    return f"mf-{hashlib.sha256(job_id.encode()).hexdigest()[:20]}"


def join(flow: Any, run_id: str, step: str) -> None:
    """Wait until every node is there, and tell Metaflow who they are; in the task, before the user's code."""
    from . import meeting

    count = int(os.environ.get("MF_PARALLEL_NUM_NODES") or 0)
    if not count or _TASK not in os.environ:
        return
    index, seconds = int(os.environ[_INDEX]), float(os.environ["METAFLOW_NOMAD_GANG_SECONDS"])
    address, port = meeting.attend(index, count, seconds)
    os.environ.update({"MF_PARALLEL_MAIN_IP": address, "MF_MASTER_ADDR": address, "MF_MASTER_PORT": str(port)})
    if index == 0:
        control = os.environ["MF_PARALLEL_CONTROL_TASK_ID"]
        flow._control_mapper_tasks = [f"{run_id}/{step}/{node.task_id}" for node in nodes(control, count)]
        flow._control_task_is_mapper_zero = True


def _env(control: str, index: int, task: str, count: int) -> dict[str, str]:
    found = {
        "MF_PARALLEL_NUM_NODES": str(count),
        "MF_WORLD_SIZE": str(count),
        "MF_PARALLEL_CONTROL_TASK_ID": control,
        _INDEX: str(index),
        _TASK: task,
        _CONTEXT: "ubf_task" if index else "ubf_control",
    }
    return {**found, "MF_WORKER_REPLICA_INDEX": str(index - 1)} if index else {**found, "MF_CONTROL_INDEX": "0"}
