"""Metaflow's object stores, tried from here with a small object that is removed again."""

from __future__ import annotations

import io
import threading
import uuid
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 60
_CONTENT = b"metaflow-nomad doctor\n"
_CREDENTIALS = "Check its address, METAFLOW_DATASTORE_SYSROOT_{}, and the credentials."


class Sample:
    """A small object in the datastore."""

    def __init__(self, kind: str, root: str):
        from metaflow.plugins import DATASTORES

        self.kind, self.name = kind, f".metaflow-nomad-doctor/{uuid.uuid4().hex}"
        self.url = f"{root.rstrip('/')}/{self.name}"
        self._storage: Any = next(one for one in DATASTORES if kind == one.TYPE)(root)
        self._storage.save_bytes([(self.name, io.BytesIO(_CONTENT))], overwrite=True)

    def read(self) -> bool:
        """Whether what comes back is what was saved."""
        with self._storage.load_bytes([self.name]) as loaded:
            for _, path, _ in loaded:
                if path:
                    with open(path, "rb") as file:
                        return file.read() == _CONTENT
        return False

    def remove(self) -> None:
        """Delete the object; Metaflow's own storage never deletes, so each kind has its own way."""
        if self.kind == "s3":
            url = urlsplit(self.url)
            self._storage.s3_client.client.delete_object(Bucket=url.netloc, Key=url.path.lstrip("/"))
        else:
            blob = self._storage.root_client.get_blob_client(self.name)
            (blob.delete_blob if self.kind == "azure" else blob.delete)()


def try_datastore(kind: str, root: str) -> tuple[Sample | None, list[dict[str, str]]]:
    """Write and read a sample. Returns it, for a node to fetch, and what is to be said.

    An object store that does not answer is given up after a minute: its client would go on for much longer.
    """
    if not root:
        return None, [_fail(kind, f"METAFLOW_DATASTORE_SYSROOT_{kind.upper()} is not set")]
    found: list[Sample] = []
    problems: list[str] = []
    thread = threading.Thread(target=_write_and_read, args=(kind, root, found, problems), daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    if thread.is_alive():
        problems.append(f"{root} did not answer within {PATIENCE_SECONDS} s")
    sample = found[0] if found else None
    if problems:
        return sample, [_fail(kind, problems[0])]
    return sample, [{"check": "storage", "status": "ok", "found": f"{kind}, {root}: an object was written and read"}]


def _write_and_read(kind: str, root: str, found: list[Sample], problems: list[str]) -> None:
    try:
        found.append(Sample(kind, root))
        if not found[0].read():
            problems.append(f"what was written to {root} did not come back")
    except Exception as error:  # whatever a client throws is the finding
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        problems.append(f"{root} cannot be used from here: {type(error).__name__}: {' '.join(lines)[:300]}")


def _fail(kind: str, found: str) -> dict[str, str]:
    return {"check": "storage", "status": "fail", "found": found, "todo": _CREDENTIALS.format(kind.upper())}
