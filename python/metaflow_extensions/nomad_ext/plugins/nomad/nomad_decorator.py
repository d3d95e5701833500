"""`@nomad`: run a step as a HashiCorp Nomad batch job.

This module is imported with every `import metaflow`, in every process: what only some of them need is imported late.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from metaflow.decorators import StepDecorator

from . import conflicts, decospec
from .attributes import CHECKS, check_attributes, unknown_attribute, warnings
from .docstring import docstring

_TOKEN_WARNING = (
    "the token is written out in @nomad(token=…). It was kept out of the run's data and of the job, but it stays in "
    "your source: use token='env:NAME' or 'file:/path'."
)


class NomadDecorator(StepDecorator):
    # Every attribute, with its type: Metaflow's stub generator reads it, and editors read the stubs.
    __doc__ = docstring()

    name = "nomad"
    defaults: ClassVar[dict[str, Any]] = dict.fromkeys(CHECKS)

    # Conda environments are made on the node, not here.
    supports_conda_environment = True
    target_platform = "linux-64"

    # What all @nomad steps of a run share, by run ID.
    _runs: ClassVar[dict[str, Any]] = {}

    def __init__(self, attributes: dict[str, Any] | None = None, *args: Any, **kwargs: Any):
        # Metaflow's own marker for attributes that are unpacked later starts with an underscore.
        self._refuse_unknown(name for name in attributes or {} if not str(name).startswith("_"))
        super().__init__(attributes, *args, **kwargs)

    def init(self) -> None:
        """Check what a Config unpacked, and take out a literal token: attributes end up in the run's graph artifact."""
        self._refuse_unknown(self.attributes)
        self._literal_token: str | None = None
        token = self.attributes["token"]
        if isinstance(token, str) and not token.startswith(("env:", "file:")):
            self._literal_token, self.attributes["token"] = token, None

    @classmethod
    def extract_args_kwargs_from_decorator_spec(cls, deco_spec: str) -> tuple[list[Any], dict[str, Any]]:
        """Read `--with nomad:…`, JSON included."""
        return [], decospec.parse(deco_spec)

    def make_decorator_spec(self) -> str:
        """Write the spec that the task's own process reads."""
        self.external_init()
        return decospec.render(self.name, self.attributes)

    def step_init(
        self, flow: Any, graph: Any, step: str, decos: Any, environment: Any, flow_datastore: Any, logger: Any
    ) -> None:
        """Check the step, in every process; nothing is contacted here but, by the task, its metadata service."""
        self.step, self.decorators, self.logger = step, decos, logger
        self.environment, self.flow_datastore = environment, flow_datastore
        conflicts.refuse_deployment(step)
        conflicts.refuse_other_backends(step, decos)
        conflicts.refuse_catch_of_parallel(step, decos)
        given = {**self.attributes, "token": self._literal_token or self.attributes["token"]}
        self.checked = check_attributes(step, given)
        from . import task_side

        if task_side.is_job():
            task_side.reach_service(flow_datastore.metadata)
            task_side.prepare_store(flow_datastore)

    def runtime_init(self, flow: Any, graph: Any, package: Any, run_id: str) -> None:
        """Open the run's session with its launch host; the first step does it for all."""
        self.run_id = run_id
        if run_id in self._runs:
            return
        from .run import Run, plan_step

        run = Run(flow.name, run_id, self.environment, self.flow_datastore, package)
        for deco in (deco for node in graph for deco in node.decorators if isinstance(deco, NomadDecorator)):
            run.steps[deco.step] = plan_step(deco.step, deco.decorators, deco.checked, run.conf, not run.shared_root)
            deco._warn()
        run.open()
        self._runs[run_id] = run
        for line in (*conflicts.idle_flow_decorators(flow), *run.warnings()):
            self.logger(f"[nomad] {line}", system_msg=True)

    def runtime_task_created(
        self, task_datastore: Any, task_id: str, split_index: Any, input_paths: Any, is_cloned: bool, ubf_context: Any
    ) -> None:
        """Save the code package, once per run, as soon as there is a task that is not a copy of an earlier run's."""
        if not is_cloned:
            run = self._runs[self.run_id]
            _ = run.unpacked if run.shared_root else run.carried

    def runtime_step_cli(self, cli_args: Any, retry_count: int, max_user_code_retries: int, ubf_context: Any) -> None:
        """Put the tiny client in the place of the task's own process.

        After the user's attempts have failed, what runs is the fallback of @catch: here, as always.
        The command is composed when the runtime asks for it, which is after the hooks of all decorators.
        """
        if retry_count > max_user_code_retries or cli_args.commands != ["step"]:
            return
        run, step = self._runs[self.run_id], self.step
        from .host_process import CLIENT_ENV

        cli_args.get_env = CLIENT_ENV.copy
        cli_args.get_args = lambda: run.client_argv(step, cli_args, retry_count)

    def runtime_finished(self, exception: Any) -> None:
        """End the session; the first step does it for all."""
        run = self._runs.pop(self.run_id, None)
        if run:
            run.close()

    def task_pre_step(
        self,
        step_name: str,
        task_datastore: Any,
        metadata: Any,
        run_id: str,
        task_id: str,
        flow: Any,
        graph: Any,
        retry_count: int,
        max_retries: int,
        ubf_context: Any,
        inputs: Any,
    ) -> None:
        """Prepare the task, where it runs as a job."""
        from . import gang, task_side

        self._task = (metadata, task_datastore)
        if task_side.is_job():
            task_side.start_watchdog()
            task_side.make_known(metadata, task_datastore, run_id, step_name, task_id)
            task_side.register_place(metadata, run_id, step_name, task_id, retry_count)
            gang.join(flow, run_id, step_name)

    def task_finished(
        self, step_name: str, flow: Any, graph: Any, is_task_ok: bool, retry_count: int, max_retries: int
    ) -> None:
        """Leave the task's local metadata in the datastore, where the submitter fetches it."""
        from . import task_side

        if task_side.is_job() and hasattr(self, "_task"):
            task_side.save_metadata(*self._task)

    def _refuse_unknown(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.defaults:
                raise unknown_attribute(str(name))

    def _warn(self) -> None:
        lines = warnings(self.checked)
        if self._literal_token:
            lines.append(_TOKEN_WARNING)
        for line in lines:
            self.logger(f"[nomad] Step {self.step}: {line}", system_msg=True)
