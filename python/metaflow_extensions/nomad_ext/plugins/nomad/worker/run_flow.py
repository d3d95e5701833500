"""Runs the flow's own command line up to `step` once, and from there on once for each item.

Items' processes are forked where Metaflow is about to read the words after `step`. Each reads its own, and goes on from
there as if it had been started for them: no frame of this package is in its tracebacks.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib.machinery
import json
import os
import sys
import threading
import types
from pathlib import Path
from typing import Any

from .here import Here
from .server import Server

SETTINGS = "METAFLOW_NOMAD_POOL"


def main(words: list[str]) -> None:
    """Run the flow as `python FLOW WORDS…` does, and serve where it comes to its step."""
    settings = json.loads(os.environ.pop(SETTINGS))
    own, path = os.getpid(), os.path.abspath(words[0])  # noqa: PTH100 - as Python itself has it
    sys.argv[:] = words
    sys.path[0] = os.path.dirname(path)  # noqa: PTH120
    # Before Metaflow: what it defines for pickles belongs to the __main__ of that moment.
    flow = types.ModuleType("__main__")
    flow.__file__, flow.__loader__ = path, importlib.machinery.SourceFileLoader("__main__", path)
    sys.modules["__main__"] = flow
    sys.excepthook = _hook
    command = _step_command()
    command.make_context = functools.partial(_make_context, command.make_context, settings)
    try:
        exec(compile(Path(path).read_bytes(), path, "exec"), flow.__dict__)  # noqa: S102 - the flow itself
    except SystemExit as end:
        if os.getpid() != own and isinstance(end.code, (int, type(None))):
            _end_item(end.code or 0)
        raise


def _end_item(code: int) -> None:
    """End an item's process as Python does, but leave its modules alone: to take them apart copies memory."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # As Python has it for what cannot be written any more.
            code = code or 120
    os._exit(code)


def _make_context(
    make: Any, settings: dict[str, Any], name: str, args: list[str], parent: Any = None, **extra: Any
) -> Any:
    here = "listener" in settings
    _import_ahead(parent, here)
    gc.collect()
    gc.freeze()
    # On Nomad, items of several steps may come, and bring the step's name along.
    words = [args[0], *Here(settings).serve()] if here else Server(settings["idleSeconds"]).serve()
    _reseed()
    sys.argv[-len(args) :] = words
    return make(name, words, parent=parent, **extra)


def _step_command() -> Any:
    try:
        from metaflow.cli_components.step_cmd import step
    except ImportError:  # Metaflow before 2.13
        from metaflow.cli import step
    return step


def _import_ahead(context: Any, here: bool) -> None:
    """Import what every item would, and close connections that two processes must not share."""
    if not here:
        import metaflow_extensions.nomad_ext.plugins.nomad.gang
        import metaflow_extensions.nomad_ext.plugins.nomad.meeting
        import metaflow_extensions.nomad_ext.plugins.nomad.task_side  # noqa: F401
    datastore = getattr(context.obj, "flow_datastore", None)
    if getattr(datastore, "TYPE", None) == "s3":
        from metaflow_extensions.nomad_ext.plugins.nomad import few_objects

        few_objects.warm(datastore)
    session = getattr(type(getattr(context.obj, "metadata", None)), "_session", None)
    if session is not None:
        session.close()


def _reseed() -> None:
    """Give an item random numbers of its own, as a process that imports numpy anew has; `random` does so itself."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and "numpy.random" in sys.modules:
        numpy.random.seed()


def _hook(kind: Any, error: Any, trace: Any) -> None:
    """Show an error as if the flow had been started by itself."""
    here = __file__
    while trace and trace.tb_next and trace.tb_frame.f_globals.get("__name__") != "__main__":
        trace = trace.tb_next
    if trace and trace.tb_frame.f_code.co_filename == here:
        trace = None
    sys.__excepthook__(kind, error, trace)
