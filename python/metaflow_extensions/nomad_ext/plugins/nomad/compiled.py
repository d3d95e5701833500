"""Compiled files for the unpacked code package: what this process has imported, no task has to compile again."""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import marshal
import os
import struct
import sys
from pathlib import Path
from types import CodeType, ModuleType

_WORKER = "metaflow_extensions.nomad_ext.plugins.nomad.worker"
"""Nobody has imported this one here, and each worker does."""
_FOR_OTHERS = ("metaflow/_vendor/v3_", "metaflow/cmd/", "metaflow/tutorials/")
"""What tasks do not import."""


def bring(code: Path) -> None:
    """Write the compiled files of Metaflow and its extensions beside the sources; another Python ignores them.

    Parameters
    ----------
    code : Path
        The folder `.mf_code` of an unpacked code package.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("metaflow"):
            target = code.joinpath(*name.split("."))
            _bring(module, target / "__init__.py" if hasattr(module, "__path__") else target.with_suffix(".py"))
    for target in code.joinpath(*_WORKER.split(".")).glob("*.py"):
        _write(target, compile(target.read_bytes(), str(target), "exec", dont_inherit=True))


def of(name: str, content: bytes) -> bytes | None:
    """Return the compiled form of a file of Metaflow or its extensions, or None.

    It is what Python keeps beside the source, and does not depend on what this process has imported: the bytes are the
    same in each run.

    Parameters
    ----------
    name : str
        Path of the source file below the folder of Metaflow, e.g. `metaflow/util.py`.
    content : bytes
        The source: another one than is installed here is not compiled.
    """
    import metaflow

    if name.startswith(_FOR_OTHERS):
        return None
    for root in (Path(metaflow.__file__).parents[1], Path(__file__).parents[4]):
        # It may be installed elsewhere: then a task compiles it.
        with contextlib.suppress(OSError):
            if (root / name).read_bytes() == content:
                return _kept(root / name) or _worker(name, content)
    return None


def _worker(name: str, content: bytes) -> bytes | None:
    """Compile what nobody imports here. Of newer formats, the bytes depend on what else is in memory."""
    is_worker = name.startswith(_WORKER.replace(".", "/"))
    return marshal.dumps(compile(content, name, "exec", dont_inherit=True), 2) if is_worker else None


def _kept(origin: Path) -> bytes | None:
    """Return what Python keeps of a source file, without its head, where it fits the source."""
    about, cached = origin.stat(), Path(place(str(origin)))
    data = cached.read_bytes() if cached.is_file() else b""
    return data[16:] if data[:16] == head(int(about.st_mtime), about.st_size) else None


def head(mtime: int, size: int) -> bytes:
    """Return how a compiled file begins: https://peps.python.org/pep-0552/."""
    about = struct.pack("<III", 0, mtime & 0xFFFFFFFF, size & 0xFFFFFFFF)
    return importlib.util.MAGIC_NUMBER + about


def place(source: str) -> str:
    """Return where Python looks for the compiled form of a source file."""
    return importlib.util.cache_from_source(source)


def _bring(module: ModuleType, target: Path) -> None:
    spec = module.__spec__
    loader = spec.loader if spec else None
    if not spec or not spec.origin or type(loader) is not importlib.machinery.SourceFileLoader:
        return
    try:
        if target.read_bytes() == Path(spec.origin).read_bytes():
            code = loader.get_code(spec.name)
            if code:
                _write(target, code)
    except (OSError, ImportError, SyntaxError):
        # It is not in the package, or not here any more: then a task compiles it.
        return


def _write(source: Path, code: CodeType) -> None:
    """Write a file as the import system does."""
    about = source.stat()
    target = Path(place(str(source)))
    target.parent.mkdir(exist_ok=True)
    work = target.with_suffix(f".{os.getpid()}")
    work.write_bytes(head(int(about.st_mtime), about.st_size) + marshal.dumps(code))
    work.rename(target)
