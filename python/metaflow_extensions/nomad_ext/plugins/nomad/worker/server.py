"""The fork server: runs the flow's own command line up to `step` once, and then one process for each item.

The processes are forked where Metaflow is about to read the words after `step`. Each reads its own, and goes on from
there as if it had been started for them: no frame of this module is in its tracebacks.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib.machinery
import json
import os
import select
import shutil
import signal
import socket
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

from . import folders
from .channel import FULL, Channel
from .here import Here
from .item import Item
from .leftovers import Leftovers
from .outputs import Outputs
from .places import Places
from .wakeup import Wakeup

SETTINGS = "METAFLOW_NOMAD_POOL"
_TICK = 0.03


class Server:
    """Hands what the host sends to processes of their own, and their output and ends back."""

    def __init__(self, idle_seconds: float):
        self._idle = idle_seconds
        self._items: dict[str, Item] = {}
        self._channel: Channel | None = None
        self._heard = time.monotonic()
        self._served = 0
        self._session = 0
        self._stopping = False
        output = folders.output()
        self._count = os.open(output / "served", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        self._outputs = Outputs(output)
        self._places = Places(Path.cwd(), folders.items())
        self._leftovers = Leftovers()
        self._listener = _listen()
        self._wakeup = Wakeup()

    def serve(self) -> list[str]:
        """Serve until nobody is there any more; returns only in an item's process, with the words of its item."""
        while True:
            self._wait()
            self._reap()
            for message in self._channel.receive() if self._channel else []:
                if not (self._channel and self._channel.open):
                    break
                words = self._obey(message)
                if words is not None:
                    return words
            self._tell()
            self._end_if_alone()

    def _wait(self) -> None:
        poller = select.poll()
        poller.register(self._wakeup, select.POLLIN)
        poller.register(self._listener, select.POLLIN)
        if self._channel:
            poller.register(self._channel, select.POLLIN | (select.POLLOUT if self._channel.waiting else 0))
        busy = any(item.end is None for item in self._items.values())
        ready = dict(poller.poll((_TICK if busy else 1.0) * 1000))
        if self._wakeup.fileno() in ready:
            number = self._wakeup.read()
            if number:
                self._leave(number)
        if self._listener.fileno() in ready:
            self._accept()
        if self._channel and self._channel.fileno() in ready:
            self._heard = time.monotonic()
            self._channel.flush()

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        if self._channel:
            # A host that connects anew has lost the connection before.
            self._channel.close()
        self._channel, self._heard = Channel(connection), time.monotonic()

    def _obey(self, message: dict[str, Any]) -> list[str] | None:
        if "hello" in message:
            self._greet(message["hello"], message["items"])
        elif "run" in message and message["run"] not in self._items and not self._stopping:
            return self._start(message["run"], message["words"])
        elif "kill" in message and message["kill"] in self._items:
            self._items[message["kill"]].kill(message["signal"], message["seconds"])
        elif "done" in message and message["done"] in self._items:
            self._items.pop(message["done"]).forget(self._alone())
        elif "stop" in message:
            self._stopping = True
        return None

    def _greet(self, session: int, wanted: dict[str, dict[str, int]]) -> None:
        if session < self._session and self._channel:
            # One that was slow to come, and that the host has long left: what it says is of then.
            self._channel.open = False
            return
        self._session = session
        if self._channel:
            self._channel.greeted = True
        for name, item in list(self._items.items()):
            if name in wanted:
                item.again(wanted[name])
            elif item.end is not None:
                # That the host is done with it was lost.
                self._items.pop(name).forget(self._alone())
        had = [{"name": name, **item.began} for name, item in self._items.items()]
        self._say({"ready": os.getpid(), "items": had, **_memory()})

    def _start(self, name: str, words: list[str]) -> list[str] | None:
        item = self._prepare(name)
        if item is None:
            return None
        if item.pid == 0:
            self._become(item)
            return words
        self._items[name] = item
        self._served += 1
        # For whoever asks Nomad (`metaflow-nomad ls`): it only ever grows.
        with contextlib.suppress(OSError):
            os.pwrite(self._count, b"%d\n" % self._served, 0)
        self._say({"started": name, **item.began})
        return None

    def _prepare(self, name: str) -> Item | None:
        """Make an item's folder, files and process; where that cannot be, the host is told so, and this worker ends.

        One that fails items at once would always be free, and get them all.
        """
        began = {"at": time.time(), "number": self._served + 1}
        place = item = None
        try:
            place = self._places.take(name)
            item = Item(name, self._outputs, place, began)
            sys.stdout.flush()
            sys.stderr.flush()
            item.pid = self._wakeup.fork()
        except OSError as error:
            if item:
                item.forget(alone=False)
            if place:
                self._places.give_back(place, alone=False)
            end = {"code": 1, "signal": 0, "oom": False, "at": time.time(), "unstarted": str(error)}
            self._say({"ended": name, **end, "began": began})
            self._stopping = True
            return None
        return item

    def _become(self, item: Item) -> None:
        """Leave the server behind: this is the item's process."""
        item.become()
        self._wakeup.leave()
        self._outputs.close()
        os.close(self._count)
        for one in (self._listener, self._channel):
            if one:
                one.close()
        os.chdir(item.place)
        os.environ["PWD"] = str(item.place)

    def _reap(self) -> None:
        for item in self._items.values():
            if item.end is None:
                item.enforce()
                pid, status = os.waitpid(item.pid, os.WNOHANG)
                if pid:
                    item.ended(status)
                    self._places.give_back(item.place, self._alone())

    def _alone(self) -> bool:
        """End what items have left; returns whether nothing runs that an item has started."""
        return all(item.end for item in self._items.values()) and self._leftovers.end_all()

    def _tell(self) -> None:
        for item in self._items.values():
            while self._channel and self._channel.greeted and self._channel.open and self._channel.waiting < FULL:
                news = item.news()
                if news is None:
                    break
                self._say({**news, **_memory()} if "ended" in news else news)
        if self._channel and not self._channel.open:
            self._channel.close()
            self._channel = None

    def _say(self, message: dict[str, Any]) -> None:
        if self._channel:
            self._channel.send(message)

    def _end_if_alone(self) -> None:
        """End where the host, which speaks every few seconds, has been silent for so long that it is gone."""
        if time.monotonic() - self._heard > self._idle or (self._stopping and not self._items):
            self._leave(0)

    def _leave(self, number: int) -> None:
        for item in self._items.values():
            if item.end is None:
                item.abandon(number or signal.SIGTERM, 1)
        until = time.monotonic() + 2
        while any(item.end is None for item in self._items.values()) and time.monotonic() < until:
            self._reap()
            time.sleep(0.01)
        if number:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        os._exit(0)


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


def _listen() -> socket.socket:
    """Listen for the bridge; the path is relative, for a whole one may be too long for a socket."""
    here, folder = Path.cwd(), folders.control()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    shutil.copyfile(Path(__file__).with_name("bridge.py"), folder / "bridge.py")
    (folder / "python").write_text(f"{sys.executable}\n")
    os.chdir(folder)
    try:
        Path("new").unlink(missing_ok=True)
        listener.bind("new")
        Path("new").chmod(0o600)
        listener.listen(4)
        # Whoever finds it by its name may connect.
        Path("new").rename("socket")
    finally:
        os.chdir(here)
    return listener


def _memory() -> dict[str, int]:
    """Return what this process itself holds, in MB."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError):
        return {}
    return {"memory": pages * os.sysconf("SC_PAGE_SIZE") >> 20}


def _hook(kind: Any, error: Any, trace: Any) -> None:
    """Show an error as if the flow had been started by itself."""
    here = __file__
    while trace and trace.tb_next and trace.tb_frame.f_globals.get("__name__") != "__main__":
        trace = trace.tb_next
    if trace and trace.tb_frame.f_code.co_filename == here:
        trace = None
    sys.__excepthook__(kind, error, trace)
