"""What runs inside the job. The package `metaflow_nomad` does not exist there."""

from __future__ import annotations

import faulthandler
import functools
import os
from typing import Any

from .task_env import TIME_LIMIT, WORKLOAD

# The host stops a task at its limit; this is for the case that nobody is left to do so.
GRACE_SECONDS = 60


def is_job() -> bool:
    """Whether this process is a Nomad job's; the fallback of @catch is not."""
    return os.environ.get(WORKLOAD) == "1"


def start_watchdog() -> None:
    """End this process some time after its limit, with a stack trace.

    It is a thread of C code, so that user code which never lets go of the interpreter is ended too; and it dies with
    the process, which a `sleep` left in the background by a shell does not.
    """
    limit = os.environ.get(TIME_LIMIT, "")
    if limit.isdigit():
        faulthandler.dump_traceback_later(int(limit) + GRACE_SECONDS, exit=True)


@functools.cache
def reach_service(metadata: Any) -> None:
    """Ask the metadata service for a sign of life before the step needs it; once, for every step of the flow asks.

    Metaflow would try as long, and end in a traceback of the HTTP client that leaves open who could not reach what.
    """
    import metaflow.metaflow_config as config
    from metaflow.exception import MetaflowException

    if metadata.TYPE != "service":
        return
    try:
        metadata.compute_info(str(config.SERVICE_URL))
    except ValueError:
        raise MetaflowException(
            f"The node cannot reach the metadata service at {config.SERVICE_URL}, or is not let in. "
            "Set METAFLOW_SERVICE_INTERNAL_URL, where you run the flow, to an address that the nodes reach."
        ) from None


def prepare_store(flow_datastore: Any) -> None:
    """Spare the task Metaflow's processes for S3 where it can do without them."""
    if getattr(flow_datastore, "TYPE", None) == "s3":
        from . import few_objects

        few_objects.install()
        few_objects.bound_workers()


def register_place(metadata: Any, run_id: str, step: str, task_id: str, attempt: int) -> None:
    """Record what only the node knows: the launch side would need the right to read nodes for it."""
    from metaflow.metadata_provider import MetaDatum

    known = {
        "nomad-datacenter": os.environ.get("NOMAD_DC"),
        "nomad-region": os.environ.get("NOMAD_REGION"),
        "parallel-node-index": os.environ.get("MF_PARALLEL_NODE_INDEX"),
    }
    tags = [f"attempt_id:{attempt}"]
    data = [MetaDatum(field=name, value=value, type=name, tags=tags) for name, value in known.items() if value]
    if data:
        metadata.register_metadata(run_id, step, task_id, data)


def make_known(metadata: Any, task_datastore: Any, run_id: str, step: str, task_id: str) -> None:
    """Let the Client find this task and its run while it runs: cards are drawn through it, and `current.run` asks it.

    The submitter's local metadata is not here. Only what the task is gets written; what it says of itself follows.
    """
    if _has_own_metadata(metadata, task_datastore):
        metadata._new_run(run_id)
        metadata._ensure_meta("step", run_id, step, None)
        metadata._ensure_meta("task", run_id, step, task_id)


def save_metadata(metadata: Any, task_datastore: Any) -> None:
    """Put local metadata into the object store, after the task is done; shared storage has it already."""
    if not _has_own_metadata(metadata, task_datastore):
        return
    from metaflow.metadata_provider.util import sync_local_metadata_to_datastore
    from metaflow.metaflow_config import DATASTORE_LOCAL_DIR

    sync_local_metadata_to_datastore(DATASTORE_LOCAL_DIR, task_datastore)


def _has_own_metadata(metadata: Any, task_datastore: Any) -> bool:
    """Whether this task's local metadata lies in its own folder."""
    return bool(metadata.TYPE == "local" and task_datastore.TYPE != "local")
