"""What happens when the host reports the end of a task: metadata, logs, and only then the acknowledgement."""

from __future__ import annotations

import os
import sys
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any


class Endings:
    """Recorder of the ends of a run's tasks in Metaflow's own stores."""

    def __init__(self, flow_datastore: Any, metadata: Any):
        self._datastore = flow_datastore
        self._metadata = metadata

    def record(self, event: dict[str, Any]) -> str:
        """Record one `ended` event.

        Parameters
        ----------
        event : dict
            As the host sent it.

        Returns
        -------
        str
            What to acknowledge: `<pathspec>/<attempt>`.
        """
        pathspec, attempt = event["pathspec"], int(event["attempt"])
        run_id, step, task_id = pathspec.split("/")[-3:]
        for part in self._parts(event, run_id, step, task_id, attempt):
            try:
                part()
            except Exception as error:
                # Nothing here may hold up the run: the task's own result does not depend on it.
                print(f"[nomad] {pathspec}: not everything about its end was recorded: {error!r}", file=sys.stderr)
        return f"{pathspec}/{attempt}"

    def _parts(self, event: dict[str, Any], run_id: str, step: str, task_id: str, attempt: int) -> Iterator[Any]:
        if self._datastore.TYPE != "local":
            if self._metadata.TYPE == "local":
                yield lambda: self._fetch_metadata(run_id, step, task_id)
            yield lambda: self._save_logs(event.get("logs") or {}, run_id, step, task_id, attempt)
        yield lambda: self._register(event.get("facts") or {}, run_id, step, task_id, attempt)

    def _register(self, facts: dict[str, Any], run_id: str, step: str, task_id: str, attempt: int) -> None:
        from metaflow.metadata_provider import MetaDatum

        if facts.get("nomad-outcome") != "succeeded":
            facts = {**facts, **self._basics(attempt)}
        tags = [f"attempt_id:{attempt}"]
        data = [
            MetaDatum(field=key, value=str(value), type=key, tags=tags)
            for key, value in facts.items()
            if value is not None
        ]
        if data:
            self._metadata.register_metadata(run_id, step, task_id, data)

    def _basics(self, attempt: int) -> dict[str, Any]:
        """Return what the step records at its start: one that never came so far, or crashed, may have left nothing.

        The Client finds a task's logs by it.
        """
        return {"attempt": attempt, "ds-type": self._datastore.TYPE, "ds-root": self._datastore.datastore_root}

    def _save_logs(self, logs: dict[str, str], run_id: str, step: str, task_id: str, attempt: int) -> None:
        from metaflow.mflog import TASK_LOG_SOURCE

        files = {stream: Path(path) for stream, path in logs.items() if path and os.path.exists(path)}  # noqa: PTH110
        if files:
            store = self._datastore.get_task_datastore(run_id, step, task_id, attempt=attempt, mode="w")
            store.save_logs(TASK_LOG_SOURCE, files)
            for path in logs.values():
                os.unlink(path)  # noqa: PTH108

    def _fetch_metadata(self, run_id: str, step: str, task_id: str) -> None:
        from metaflow.datastore.exceptions import DataException

        try:
            store = self._datastore.get_task_datastore(run_id, step, task_id)
            key = store.load_metadata(["local_metadata"])["local_metadata"]
        except (DataException, KeyError):
            # A task that crashed completed no attempt, and left no metadata.
            return
        # Raw in any case: an S3 server that loses or respells user metadata makes Metaflow unpack the archive twice.
        _unpack_metadata(next(self._datastore.load_data([key], force_raw=True))[1])


def _unpack_metadata(archive: bytes) -> None:
    """Merge a task's local metadata into the submitter's, as sync_local_metadata_from_datastore does."""
    from metaflow import util
    from metaflow.metadata_provider.util import copy_tree
    from metaflow.metaflow_config import DATASTORE_LOCAL_DIR
    from metaflow.plugins.datastores.local_storage import LocalStorage

    with util.TempDir() as folder, tarfile.open(fileobj=BytesIO(archive), mode="r:gz") as tar:
        util.tar_safe_extract(tar, folder)
        source = Path(folder, DATASTORE_LOCAL_DIR)
        root = LocalStorage.get_datastore_root_from_config(lambda *_, **__: None)
        # What the run, the step and the task are is written here: the run's tags may have changed since.
        for known in source.rglob("_self.json"):
            if Path(root, known.relative_to(source)).exists():
                known.unlink()
        copy_tree(str(source), root, update=True)
