"""What all @nomad steps of one run share: a private folder, the host's session, the code package."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from . import carried_files, carried_package, code_package, host_process, merge, request, submitter, task_env, template
from .endings import Endings
from .session import Session
from .worker_pool_decorator import Pool, pool_of


class StepPlan(NamedTuple):
    """One step, as its decorators describe it."""

    decorators: list[Any]
    template: dict[str, Any]
    connection: dict[str, str] | None
    meta: dict[str, str]
    nomad_env: dict[str, str]
    pool: Pool | None = None
    in_foreach: bool = False


def plan_step(
    step: str, decorators: list[Any], given: dict[str, Any], conf: dict[str, str], sets_up: bool = False
) -> StepPlan:
    """Merge the layers of settings of one step; `given` has been checked. `sets_up`: a task fetches things first."""
    resources = merge.from_resources(step, merge.written_resources(decorators))
    merged = merge.merge(given, resources, merge.from_conf(conf))
    launch = template.launch_template(merged, template.time_limit(decorators, merged, sets_up))
    connection, pool = template.connection(step, merged), pool_of(decorators)
    return StepPlan(decorators, launch, connection, merged.get("meta", {}), merged.get("env", {}), *pool)


class Run:
    """The launch side of one Metaflow run."""

    def __init__(self, flow_name: str, run_id: str, environment: Any, datastore: Any, package: Any):
        from metaflow.util import get_username

        self.flow_name, self.run_id = flow_name, str(run_id)
        self.environment, self.datastore, self.package = environment, datastore, package
        self.user = get_username() or "unknown"
        self.host_run = uuid.uuid4().hex
        self.submitter = submitter.own()
        self.flow_file = os.path.basename(sys.argv[0])  # noqa: PTH119
        self.shared_root = str(Path(datastore.datastore_root).absolute()) if datastore.TYPE == "local" else None
        self._files = carried_files.read(datastore.TYPE, datastore.metadata.TYPE)
        self.base_env = {**task_env.metaflow_env(datastore.TYPE, datastore.metadata.TYPE), **self._files.public}
        self.secret_env = {**task_env.secret_env(datastore.TYPE), **self._files.secret}
        self.project = task_env.project()
        self.conf = merge.conf_values()
        self.steps: dict[str, StepPlan] = {}
        self.pools: dict[tuple[str, str], Path] = {}
        self.shapes: dict[str, Path] = {}
        self.sites: dict[str, dict[str, Any]] = {}
        self._saved: code_package.SavedPackage | None = None
        self._carried: carried_package.CarriedPackage | None = None
        self._unpacked: Path | None = None
        self._hopeless: set[str] = set()

    def open(self) -> None:
        """Create the run's folder, start the host, and let it check every step against Nomad."""
        # The prefix is short because a socket's path may have about 100 bytes.
        self.rundir = Path(tempfile.mkdtemp(prefix="mfn-"))
        self._recorder = ThreadPoolExecutor(4, thread_name_prefix="nomad-ending")
        self._endings = Endings(self.datastore, self.datastore.metadata)
        self._session = Session(self.rundir, self._on_event)
        try:
            self._write_run_file()
            host_process.write_restart_file(self.rundir)
            self.sites = self._session.open().get("sites") or {}
        except BaseException:
            self._session.abandon()
            shutil.rmtree(self.rundir, ignore_errors=True)
            raise

    def close(self) -> None:
        """End the session and leave nothing behind."""
        ended = self._session.close()
        self._recorder.shutdown(wait=True)
        if self.scratch:
            code_package.remove(self.scratch)
        if ended:
            # Otherwise the host still needs it, and removes it when it is done.
            shutil.rmtree(self.rundir, ignore_errors=True)

    def client_argv(self, step: str, cli_args: Any, attempt: int) -> list[str]:
        """Write the attempt's request, and return the command line of the client that stands in for the task."""
        asked = request.compose(self, step, cli_args, attempt)
        path = request.write_request(self.rundir, asked)
        # The host refuses another attempt that would end the same way: no reason to wait for that.
        delay = "0" if asked["pathspec"] in self._hopeless else str(asked["delaySeconds"])
        return host_process.client_command(self.rundir, path, delay)

    @property
    def saved(self) -> code_package.SavedPackage:
        """The code package in the flow's datastore; saved at the first use."""
        if self._saved is None:
            self._saved = code_package.save(self.datastore, self.package)
        return self._saved

    @property
    def carried(self) -> carried_package.CarriedPackage:
        """The code package as tasks fetch it from an object store; saved at the first use."""
        if self._carried is None:
            self._carried = carried_package.save(self.datastore, self.package, self.saved)
        return self._carried

    @property
    def unpacked(self) -> Path | None:
        """The code package on shared storage; unpacked at the first use."""
        if self._unpacked is None and self.scratch:
            self._unpacked = code_package.unpack(self.scratch, self.saved, self.package)
        return self._unpacked

    @property
    def scratch(self) -> Path | None:
        """The run's folder on shared storage."""
        return code_package.scratch_dir(self.shared_root, self.flow_name, self.run_id) if self.shared_root else None

    def warnings(self) -> list[str]:
        """Return what is worth saying about the sites, as the host found, and about files, each once."""
        sites = (line for site in self.sites.values() for line in site.get("warnings") or [])
        return list(dict.fromkeys([*sites, *self._files.warnings]))

    def _on_event(self, event: dict[str, Any]) -> None:
        if event.get("event") == "ended":
            outcome = event.get("outcome") or {}
            if outcome.get("kind") != "succeeded" and outcome.get("retriable") is False:
                self._hopeless.add(event["pathspec"])
            # After the end of the run there is nobody left to tell.
            with contextlib.suppress(RuntimeError):
                self._recorder.submit(self._record, event)

    def _record(self, event: dict[str, Any]) -> None:
        self._session.send({"ack": self._endings.record(event)})

    def _write_run_file(self) -> None:
        for folder in ("tasks", "logs"):
            (self.rundir / folder).mkdir(mode=0o700)
        path = self.rundir / "run.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(self._describe()))

    def _describe(self) -> dict[str, Any]:
        return {
            "version": 1,
            "flow": self.flow_name,
            "runId": self.run_id,
            "user": self.user,
            "hostRun": self.host_run,
            "submitter": self.submitter or "",
            "flowDir": os.path.dirname(os.path.abspath(sys.argv[0])),  # noqa: PTH100, PTH120
            "conf": self.conf,
            "defaultImage": template.default_image(),
            "datastore": {"type": self.datastore.TYPE, "root": self.shared_root or self.datastore.datastore_root},
            "scratch": [str(self.scratch)] if self.scratch else [],
            "steps": [self._describe_step(step) for step in self.steps],
        }

    def _describe_step(self, step: str) -> dict[str, Any]:
        plan = self.steps[step]
        caught = any(deco.name == "catch" for deco in plan.decorators)
        found = {"step": step, "launch": request.preflight(self, step), "caught": caught}
        connection = plan.connection
        return {**found, "connection": connection} if connection else found
