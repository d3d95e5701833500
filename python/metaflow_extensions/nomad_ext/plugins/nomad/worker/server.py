"""The fork server of a worker: hands what the host sends to processes of their own, and their output and ends back."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from . import folders
from .channel import FULL, Channel
from .item import Item
from .leftovers import Leftovers
from .outputs import Outputs
from .places import Places
from .wakeup import Wakeup

_TICK = 0.03


class Server:
    """Serves one launch host at a time, over a socket that each exec session connects to."""

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
