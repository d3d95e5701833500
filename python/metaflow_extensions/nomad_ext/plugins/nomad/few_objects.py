"""Few small objects of S3, read and written by the task's own process.

For more than ten objects at a time, Metaflow starts an interpreter that forks up to 64 processes, each with a client
of its own: half a second of CPU for the dozen artifacts of a task that does nothing, seconds and hundreds of MB for a
join of a few inputs (Metaflow asks for 18 objects of each). Here, what is few and small is handed to Metaflow's own way
for up to ten objects instead, which has the same retries, errors and results; the rest goes where it always did.
"""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import threading
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

_HANDFUL = 10
"""Up to so many objects, Metaflow stays in its own process (metaflow/plugins/datastores/s3_storage.py)."""
_FEW_READ = 400
"""What a join of 22 inputs reads. From some 700 on, many processes take less time on many cores."""
_FEW_WRITTEN = 32
_SMALL = 1 << 20
_THREADS = 8

_WORKERS = "METAFLOW_S3_WORKER_COUNT"
_MB_PER_WORKER = 16
"""What one of Metaflow's processes for S3 takes, with some to spare: 64 of them were seen to take 680 MB."""
_MB_OF_THE_STEP = 256


def install() -> None:
    """Let this process, and what it forks, do so; once."""
    from metaflow.plugins.datastores.s3_storage import S3Storage

    if not hasattr(S3Storage.load_bytes, "__wrapped__"):
        S3Storage.load_bytes = _loading(S3Storage.load_bytes)
        S3Storage.save_bytes = _saving(S3Storage.save_bytes)


def bound_workers() -> None:
    """Let Metaflow start only so many processes for S3 as the task's memory has room for.

    64 of them, its default, take more than a small task has: the kernel then kills one, or the task.
    """
    from metaflow.metaflow_config import S3_WORKER_COUNT

    limit = os.environ.get("NOMAD_MEMORY_MAX_LIMIT") or os.environ.get("NOMAD_MEMORY_LIMIT") or ""
    if limit.isdigit() and _WORKERS not in os.environ:
        room = max(2, (int(limit) - _MB_OF_THE_STEP) // _MB_PER_WORKER)
        os.environ[_WORKERS] = str(min(int(S3_WORKER_COUNT), room))


def warm(flow_datastore: Any) -> None:
    """Before processes are forked that use this datastore: do once what each would do.

    A client has no connection before its first request. With credentials that are not renewed, it asks nobody else for
    them either; for other ones each process makes its own.
    """
    from metaflow.metaflow_config import DEFAULT_AWS_CLIENT_PROVIDER
    from metaflow.plugins.datatools.s3 import s3op  # noqa: F401

    install()
    bound_workers()
    if os.environ.get("AWS_ACCESS_KEY_ID") and DEFAULT_AWS_CLIENT_PROVIDER == "boto3":
        _ = flow_datastore._storage_impl.s3_client.client


def _loading(load: Any) -> Any:
    @functools.wraps(load)
    def load_bytes(self: Any, paths: list[str]) -> Any:
        if not _HANDFUL < len(paths) <= _FEW_READ or any(_is_blob(path) for path in paths):
            return load(self, paths)
        from metaflow.datastore.datastore_storage import CloseAfterUse

        # One client for all: made here, so that the threads do not each make one.
        _ = self.s3_client.client
        handfuls = [load(self, paths[at : at + _HANDFUL]) for at in range(0, len(paths), _HANDFUL)]
        closer = contextlib.ExitStack()
        return CloseAfterUse(_read([closer.enter_context(one) for one in handfuls]), closer=closer)

    return load_bytes


def _is_blob(path: str) -> bool:
    """Whether it is an artifact's (`FLOW/data/…`), which may be of any size; what a task says of itself is small."""
    return path.split("/")[1:2] == ["data"]


def _read(handfuls: list[Iterator[Any]]) -> Iterator[Any]:
    """Read all, some at a time, and give them in their order.

    The threads end with the process, whatever they wait for: an exception of `@timeout` does not wait for them.
    """
    todo: queue.SimpleQueue[tuple[int, Iterator[Any]]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, list[Any], BaseException | None]] = queue.SimpleQueue()
    failed = threading.Event()

    def work() -> None:
        with contextlib.suppress(queue.Empty):
            while not failed.is_set():
                number, handful = todo.get_nowait()
                try:
                    done.put((number, list(handful), None))
                except BaseException as error:
                    failed.set()
                    done.put((number, [], error))

    for item in enumerate(handfuls):
        todo.put(item)
    for _ in range(min(_THREADS, len(handfuls))):
        threading.Thread(target=work, daemon=True).start()
    found = {}
    for _ in handfuls:
        number, results, error = done.get()
        if error is not None:
            raise error
        found[number] = results
    yield from chain.from_iterable(found[number] for number in sorted(found))


def _saving(save: Any) -> Any:
    @functools.wraps(save)
    def save_bytes(self: Any, path_and_bytes_iter: Iterable[Any], overwrite: bool = False, len_hint: int = 0) -> None:
        if len_hint <= _HANDFUL:
            save(self, path_and_bytes_iter, overwrite, len_hint)
            return
        coming, others = iter(path_and_bytes_iter), []

        def few_and_small() -> Iterator[Any]:
            for number, item in enumerate(coming):
                if number >= _FEW_WRITTEN or _size(item[1]) > _SMALL:
                    others.append(item)
                    return
                yield item

        save(self, few_and_small(), overwrite, 1)
        if others:
            save(self, chain(others, coming), overwrite, len_hint)

    return save_bytes


def _size(value: Any) -> float:
    value = value[0] if isinstance(value, tuple) else value
    if isinstance(value, (bytes, str)):
        return len(value)
    return value.getbuffer().nbytes if hasattr(value, "getbuffer") else float("inf")
