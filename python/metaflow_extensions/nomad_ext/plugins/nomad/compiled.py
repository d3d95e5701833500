"""Compiled files for the unpacked code package: what this process has imported, no task has to compile again."""

from __future__ import annotations

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
    """Write a file as the import system does: https://peps.python.org/pep-0552/ tells its first 16 bytes."""
    about = source.stat()
    head = struct.pack("<III", 0, int(about.st_mtime) & 0xFFFFFFFF, about.st_size & 0xFFFFFFFF)
    target = Path(importlib.util.cache_from_source(str(source)))
    target.parent.mkdir(exist_ok=True)
    work = target.with_suffix(f".{os.getpid()}")
    work.write_bytes(importlib.util.MAGIC_NUMBER + head + marshal.dumps(code))
    work.rename(target)
