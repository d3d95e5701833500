"""The code package as tasks fetch it from an object store: with the compiled files of Metaflow in it.

It is an object beside Metaflow's own package, of which the run's metadata tells. The same code makes the same object,
so that one run finds what another has saved, in the store and on the nodes.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import Any, NamedTuple

from . import compiled
from .code_package import SavedPackage

_CODE = ".mf_code/"


class CarriedPackage(NamedTuple):
    """What a task downloads."""

    url: str
    sha256: str


def save(flow_datastore: Any, package: Any, saved: SavedPackage) -> CarriedPackage:
    """Save it in the flow's datastore; Metaflow's own package, where it is of a kind that is not known here."""
    plain = bytes(package.blob)
    if json.loads(saved.metadata or "{}").get("archive_format") != "tgz":
        return CarriedPackage(saved.url, hashlib.sha256(plain).hexdigest())
    blob = with_compiled(plain)
    url, _ = flow_datastore.save_data([blob], len_hint=1)[0]
    return CarriedPackage(url, hashlib.sha256(blob).hexdigest())


def with_compiled(blob: bytes) -> bytes:
    """Return the archive with what this process has of compiled files; another Python ignores them."""
    target = io.BytesIO()
    # Quickly: it is unpacked by each task, and 20 % smaller at best.
    with tarfile.open(fileobj=io.BytesIO(blob)) as source, tarfile.open(fileobj=target, mode="w") as result:
        for member in source:
            file = source.extractfile(member) if member.isfile() else None
            content = file.read() if file else b""
            result.addfile(member, io.BytesIO(content) if file else None)
            if member.name.startswith(_CODE) and member.name.endswith(".py"):
                _add_compiled(result, member, content)
    return _zipped(target.getvalue())


def _add_compiled(result: tarfile.TarFile, member: tarfile.TarInfo, content: bytes) -> None:
    code = compiled.of(member.name[len(_CODE) :], content)
    if code is None:
        return
    data = compiled.head(int(member.mtime), len(content)) + code
    info = tarfile.TarInfo(compiled.place(member.name))
    info.size, info.mtime, info.mode = len(data), member.mtime, 0o644
    result.addfile(info, io.BytesIO(data))


def _zipped(data: bytes) -> bytes:
    """Compress, without the time of day."""
    import gzip

    return gzip.compress(data, compresslevel=3, mtime=0)
