"""`@worker_pool`: run the tasks of a step on a few warm workers, instead of each in an allocation of its own.

This module is imported with every `import metaflow`, in every process: what only some of them need is imported late.
"""

from __future__ import annotations

import functools
import os
from typing import Any, ClassVar, NamedTuple

from metaflow.decorators import StepDecorator

from . import checks
from .exceptions import NomadException


class Pool(NamedTuple):
    """A step's pool, as its decorator describes it."""

    size: int | str
    """A number, or `auto`."""
    max_items: int | None
    idle_seconds: float


class WorkerPoolDecorator(StepDecorator):
    """
    Specifies that the tasks of this step should share a few warm workers.

    Each task is a process of its own, forked from a worker that has Metaflow and the flow imported. With `@nomad`,
    workers are allocations, which steps with the same resources, image and settings share; without, tasks of steps
    that a `foreach` leads to are forked on this machine.

    Parameters
    ----------
    size : int or "auto", optional, default 4
        Most workers at a time. With `@nomad`, each is an allocation with its resources, and runs one task at a time;
        without, so many tasks run at a time. `auto`: as many as Nomad has room for; without `@nomad`, one for each CPU.
    max_items_per_worker : int, optional, default None
        A worker is replaced after so many tasks. Default: never.
    idle_timeout : float, optional, default 60
        Seconds without any task, or without a sign of the launch host, after which workers end. At least 10.
    """

    name = "worker_pool"
    defaults: ClassVar[dict[str, Any]] = {"size": 4, "max_items_per_worker": None, "idle_timeout": 60}

    def step_init(
        self, flow: Any, graph: Any, step: str, decos: Any, environment: Any, flow_datastore: Any, logger: Any
    ) -> None:
        """Check the attributes, and what else the step has."""
        self.step, self.decorators, self.logger = step, decos, logger
        checked = _checked(step, self.attributes)
        self.in_foreach = bool(getattr(graph[step], "is_inside_foreach", True))
        parallel = any(getattr(deco, "IS_PARALLEL", False) for deco in decos)
        # Branches run side by side, and may wait for each other: a pool's size is none of theirs.
        branch = not self.in_foreach and bool(getattr(graph[step], "split_parents", None))
        # With --with, it comes to steps that are none of its business.
        self.pool = None if parallel or branch else checked
        self._here: Any = None
        if parallel and self.statically_defined:
            hint = "Take @worker_pool off: the nodes of @parallel run together, and are no items."
            raise NomadException("The step has both @worker_pool and @parallel.", hint, step=step)

    def runtime_init(self, flow: Any, graph: Any, package: Any, run_id: str) -> None:
        """Say where it does nothing."""
        if self.statically_defined and not self.in_foreach and not self._may_share(flow):
            line = "@worker_pool has no effect: no foreach leads to this step."
            self.logger(f"[nomad] Step {self.step}: {line}", system_msg=True)

    def runtime_step_cli(self, cli_args: Any, retry_count: int, max_user_code_retries: int, ubf_context: Any) -> None:
        """Where the step runs on this machine, let a fork server run it, and a stand-in take its place.

        The command is composed when the runtime asks for it, which is after the hooks of all decorators.
        """
        elsewhere = any(deco.name == "nomad" for deco in self.decorators)
        late = retry_count > max_user_code_retries or cli_args.commands != ["step"]
        if not self.pool or not self.in_foreach or elsewhere or late:
            return
        if self._here is None:
            from .local_pool import LocalPool

            self._here = LocalPool(self.pool, self._size(self.pool))
        cli_args.get_args = functools.partial(self._here.argv, cli_args, cli_args.get_args)

    def _may_share(self, flow: Any) -> bool:
        """Whether this step and another one run on Nomad, and may share workers."""
        kinds = [{deco.name for deco in step.decorators} for step in flow]
        elsewhere = any(deco.name == "nomad" for deco in self.decorators)
        return elsewhere and sum({"nomad", "worker_pool"} <= names for names in kinds) > 1

    def _size(self, pool: Pool) -> int:
        if pool.size != "auto":
            return int(pool.size)
        found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.logger(f"[nomad] Step {self.step}: worker pool of {found}, one for each CPU.", system_msg=True)
        return found

    def runtime_finished(self, exception: Any) -> None:
        """End the fork servers."""
        if self._here:
            self._here.close()
            self._here = None


def pool_of(decorators: Any) -> tuple[Pool | None, bool]:
    """Return the pool that a step's decorators ask for, and whether a foreach leads to the step."""
    found = (deco for deco in decorators if isinstance(deco, WorkerPoolDecorator))
    return next(((deco.pool, deco.in_foreach) for deco in found), (None, False))


def _checked(step: str, given: dict[str, Any]) -> Pool:
    def check(name: str, how: checks.Check) -> Any:
        try:
            return None if given[name] is None else how(given[name])
        except ValueError as error:
            raise NomadException(f"@worker_pool({name}={given[name]!r}): {error}", step=step) from None

    size = "auto" if given["size"] == "auto" else check("size", checks.whole("size", "", 1, 500))
    items = check("max_items_per_worker", checks.whole("max_items_per_worker", "", 1))
    idle = check("idle_timeout", _seconds)
    return Pool(4 if size is None else size, items, 60 if idle is None else idle)


def _seconds(value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = 0
    if not 10 <= found <= 86400:
        raise ValueError("it is a number of seconds, between 10 and 86400.")
    return found
