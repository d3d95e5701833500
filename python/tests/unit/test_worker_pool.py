"""Worker pools: the decorator, what a request says, and the fork server with a real flow and no Nomad."""

from __future__ import annotations

import base64
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad import pool_command, worker_pool_decorator
from metaflow_extensions.nomad_ext.plugins.nomad.exceptions import NomadException
from metaflow_extensions.nomad_ext.plugins.nomad.worker.item import Item
from metaflow_extensions.nomad_ext.plugins.nomad.worker.outputs import Outputs
from metaflow_extensions.nomad_ext.plugins.nomad.worker.places import Places
from metaflow_extensions.nomad_ext.plugins.nomad.worker_pool_decorator import Pool, WorkerPoolDecorator

ROOT = Path(worker_pool_decorator.__file__).parents[4]
FLOW = """
    from metaflow import FlowSpec, step
    print("imported")
    class TinyFlow(FlowSpec):
        @step
        def start(self):
            pass
            self.next(self.end)
        @step
        def end(self):
            pass
    if __name__ == "__main__":
        TinyFlow()
"""


def attributes(**given: Any) -> dict[str, Any]:
    return {**WorkerPoolDecorator.defaults, **given}


def test_the_attributes() -> None:
    checked = worker_pool_decorator._checked
    assert checked("work", attributes()) == Pool(4, None, 60)
    assert checked("work", attributes(size="auto")) == Pool("auto", None, 60)
    assert checked("work", attributes(size="8", max_items_per_worker=5, idle_timeout="90")) == Pool(8, 5, 90)


@pytest.mark.parametrize("given", [{"size": 0}, {"size": "many"}, {"idle_timeout": 1}, {"max_items_per_worker": 1.5}])
def test_an_attribute_that_cannot_be(given: dict[str, Any]) -> None:
    with pytest.raises(NomadException, match=rf"Step \*work\*: @worker_pool\({next(iter(given))}="):
        worker_pool_decorator._checked("work", attributes(**given))


def test_tasks_of_one_kind_share_a_file_that_only_the_submitter_reads(tmp_path: Path) -> None:
    launch = {"jobId": "j", "env": {"A": "1"}}
    first = pool_command.write_pool(tmp_path, "work", Pool(2, None, 60), launch, None)
    again = pool_command.write_pool(tmp_path, "work", Pool(2, None, 60), launch, None)
    other = pool_command.write_pool(tmp_path, "work", Pool(2, 9, 60), launch, {"address": "http://n:4646"})
    assert first == again != other
    assert first.stat().st_mode & 0o777 == 0o600
    found = json.loads(other.read_text())
    assert (found["size"], found["maxItems"], found["connection"]) == (2, 9, {"address": "http://n:4646"})
    assert json.loads(found["launch"]["env"]["METAFLOW_NOMAD_POOL"]) == {"idleSeconds": 60}


def test_a_worker_runs_what_its_items_have_in_common() -> None:
    args = SimpleNamespace(
        top_level_options={"quiet": True, "datastore": "s3", "with": []},
        commands=["step"],
        command_args=["work"],
        command_options={"task-id": "7", "split-index": 3, "input-paths": "x" * 100_000, "tag": ("a", "b")},
    )
    words = pool_command.worker_command(args, "flow.py").words
    assert words.endswith("flow.py --quiet --datastore s3 step start")
    assert pool_command.item(args, Path("/p"))["words"][:5] == ["work", "--task-id", "7", "--split-index", "3"]
    assert "x" * 100_000 in pool_command.item(args, Path("/p"))["words"]


class Worker:
    """A fork server, and a host's end of its channel."""

    def __init__(self, folder: Path, flow: str = FLOW):
        self.folder, self.alloc = folder, folder / "alloc"
        code = folder / "local" / "metaflow"
        code.mkdir(parents=True)
        (code / "tiny.py").write_text(textwrap.dedent(flow))
        store = folder / "store"
        store.mkdir()
        (code / ".metaflow").symlink_to(store)
        place = {"NOMAD_TASK_DIR": str(folder / "local"), "NOMAD_ALLOC_DIR": str(self.alloc)}
        env = {**os.environ, **place, "PYTHONPATH": str(ROOT), "METAFLOW_NOMAD_POOL": '{"idleSeconds": 5}'}
        env.update(METAFLOW_DEFAULT_METADATA="local", METAFLOW_DEFAULT_DATASTORE="local", METAFLOW_USER="tester")
        words = ["tiny.py", "--quiet", "--no-pylint", "step", "start"]
        command = [sys.executable, "-u", "-c", pool_command._BOOTSTRAP, *words]
        self.process = subprocess.Popen(command, cwd=code, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.link: socket.socket | None = None
        self.heard, self.sessions = b"", 0

    def connect(self, items: dict[str, Any]) -> dict[str, Any]:
        """Connect as the bridge does, and say hello."""
        self.open()
        self.sessions += 1
        self.say({"hello": self.sessions, "items": items})
        return self.hear("ready")

    def open(self) -> None:
        path = self.folder / "local" / ".pool" / "socket"
        until = time.monotonic() + 60
        while not path.exists():
            assert self.process.poll() is None and time.monotonic() < until, "the worker does not listen"
            time.sleep(0.02)
        self.link, self.heard = socket.socket(socket.AF_UNIX), b""
        here = Path.cwd()
        os.chdir(path.parent)
        self.link.connect("socket")
        os.chdir(here)
        self.link.settimeout(60)

    def say(self, message: dict[str, Any]) -> None:
        assert self.link
        self.link.sendall(json.dumps(message).encode() + b"\n")

    def run(self, name: str, *more: str) -> None:
        words = ["start", "--run-id", "1", "--task-id", name, "--input-paths", "1/_parameters/0", *more]
        self.say({"run": name, "words": words})

    def hear(self, key: str) -> dict[str, Any]:
        """Read to the next message that has this key; output on the way is left out."""
        while key not in (message := self.hear_any()):
            pass
        return message

    def hear_any(self) -> dict[str, Any]:
        while b"\n" not in self.heard:
            assert self.link
            data = self.link.recv(65536)
            assert data, "the worker closed"
            self.heard += data
        line, _, self.heard = self.heard.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def quiet(self) -> None:
        """Nothing comes until the server has seen that somebody is there: it would see what is said after that."""
        assert self.link
        self.say({"alive": 1})
        self.link.settimeout(0.5)
        with pytest.raises(TimeoutError):
            self.link.recv(1)
        self.link.settimeout(60)

    def output(self, name: str) -> str:
        return "".join((self.alloc / "pool" / f"{name}.{stream}").read_text() for stream in ("stdout", "stderr"))


def noted(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "ends").read_text().splitlines() if line]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    one = Worker(tmp_path)
    yield one
    one.process.kill()
    one.process.wait()


def test_items_run_in_processes_and_folders_of_their_own(worker: Worker) -> None:
    ready = worker.connect({})
    assert (ready["ready"], ready["items"]) == (worker.process.pid, [])
    for number, name in enumerate(("one", "two"), start=1):
        # The store has no such run: Metaflow says so, after the item has got as far as a task gets.
        worker.run(name)
        assert worker.hear("started")["number"] == number
        end = worker.hear("ended")
        assert (end["ended"], end["signal"]) == (name, 0)
        assert end == {**noted(worker.alloc / "pool")[-1], "memory": end["memory"]}
        assert "imported" not in worker.output(name)
        assert "server.py" not in worker.output(name), "no frame of the worker in a traceback"
        assert not (worker.folder / "local" / "items" / name).exists()
    worker.say({"done": "one"})
    worker.say({"hello": 1, "items": {"two": {"stdout": 0, "stderr": 0}}})
    assert [(one["name"], one["number"]) for one in worker.hear("ready")["items"]] == [("two", 2)]
    assert not list((worker.alloc / "pool").glob("one.*"))


def test_a_host_that_connects_again_is_told_what_it_has_not_heard(worker: Worker) -> None:
    worker.connect({})
    worker.run("one")
    worker.hear("ended")
    whole = worker.output("one").encode()
    known = {"stdout": 0, "stderr": 5}
    began = noted(worker.alloc / "pool")[-1]["began"]
    # With when it began, and its number: the first word of that may be what was not heard.
    assert worker.connect({"one": known})["items"] == [{"name": "one", **began}]
    # Said once more, it is not run once more.
    worker.run("one")
    told = {"stdout": b"", "stderr": b""}
    while "ended" not in (message := worker.hear_any()):
        assert "started" not in message
        assert message["offset"] == known[message["stream"]] + len(told[message["stream"]])
        told[message["stream"]] += base64.b64decode(message["data"])
    assert (
        told["stdout"] + told["stderr"]
        == (worker.alloc / "pool" / "one.stdout").read_bytes() + (worker.alloc / "pool" / "one.stderr").read_bytes()[5:]
    )
    assert whole


def test_nothing_is_said_before_hello(worker: Worker) -> None:
    worker.connect({})
    worker.run("one")
    assert worker.link
    worker.link.close()
    until = time.monotonic() + 60
    while not noted(worker.alloc / "pool"):
        assert time.monotonic() < until
        time.sleep(0.02)
    worker.open()
    worker.quiet()
    # All of it may have been lost, and the end without it would have been the end.
    worker.sessions += 1
    worker.say({"hello": worker.sessions, "items": {"one": {"stdout": 0, "stderr": 0}}})
    assert "ready" in worker.hear_any()
    assert worker.hear_any()["offset"] == 0


def test_what_the_host_is_done_with_is_forgotten_though_that_word_was_lost(worker: Worker) -> None:
    worker.connect({})
    worker.run("one")
    worker.hear("ended")
    assert worker.connect({})["items"] == []
    assert not list((worker.alloc / "pool").glob("one.*"))


def test_a_session_that_the_host_has_left_is_not_heard_though_it_comes_later(worker: Worker) -> None:
    worker.connect({})
    worker.run("one")
    worker.hear("ended")
    worker.say({"done": "one"})
    worker.open()
    # What a bridge that was slow to begin still has from the host; it was taken elsewhere meanwhile.
    with pytest.raises((AssertionError, OSError)):
        worker.say({"hello": 0, "items": {}})
        worker.run("one")
        worker.hear_any()
    assert worker.connect({})["items"] == []
    assert (worker.alloc / "pool" / "served").read_text() == "1\n"


def test_an_item_is_ended_when_the_host_says_so(worker: Worker) -> None:
    worker.connect({})
    worker.run("one", "--tag", "x")
    worker.hear("started")
    worker.say({"kill": "one", "signal": int(signal.SIGKILL), "seconds": 1})
    assert worker.hear("ended")["ended"] == "one"


def test_an_item_that_has_only_just_been_forked_hears_a_signal(worker: Worker) -> None:
    worker.connect({})
    words = ["start", "--run-id", "1", "--task-id", "one", "--input-paths", "1/_parameters/0"]
    kill = {"kill": "one", "signal": int(signal.SIGTERM), "seconds": 60}
    assert worker.link
    worker.link.sendall("".join(json.dumps(one) + "\n" for one in ({"run": "one", "words": words}, kill)).encode())
    assert worker.hear("ended")["signal"] == signal.SIGTERM
    # It was not the server's.
    worker.run("two")
    assert worker.hear("ended")["ended"] == "two"


@pytest.mark.parametrize("how", ["kill", "abandon"])
def test_an_item_that_ends_with_its_worker_notes_no_end_of_its_own(tmp_path: Path, how: str) -> None:
    one = Item("one", Outputs(tmp_path), tmp_path / "place", {"at": 1.0, "number": 1})
    one.pid = subprocess.Popen(["sleep", "60"], start_new_session=True).pid
    getattr(one, how)(signal.SIGINT, 1)
    one.ended(os.waitpid(one.pid, 0)[1])
    # Of the first, the host asked, and judges by it; of the other, the host sees why the worker ended.
    assert [end["ended"] for end in noted(tmp_path)] == (["one"] if how == "kill" else [])


def test_a_disk_that_is_full_costs_the_item_and_not_the_worker(worker: Worker) -> None:
    def most(size: int) -> None:
        resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def end(name: str) -> dict[str, Any]:
        worker.run(name)
        ended = worker.hear("ended")
        worker.say({"done": name})
        return ended

    worker.connect({})
    # No file takes a byte more: where the item says something and ends.
    assert "unwritten" not in end("one")
    most(0)
    two = end("two")
    assert (two["code"] > 0, "File too large" in two["unwritten"]) == (True, True)
    most(resource.RLIM_INFINITY)
    three = end("three")
    assert ("unwritten" in three, three["began"]["number"]) == (False, 3)
    assert (worker.alloc / "pool" / "served").read_text() == "3\n"


def test_a_worker_that_cannot_begin_an_item_ends(worker: Worker) -> None:
    worker.connect({})
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    worker.run("one")
    end = worker.hear("ended")
    assert (end["ended"], "File too large" in end["unstarted"]) == ("one", True)
    assert worker.process.wait(30) == 0


def test_what_an_item_does_to_its_worker_s_files_does_not_end_the_worker(tmp_path: Path) -> None:
    harm = """
    import os, shutil
    from metaflow import FlowSpec, step
    def harm():
        shutil.rmtree(os.environ["NOMAD_ALLOC_DIR"], ignore_errors=True)
        os.makedirs(os.path.join(os.environ["NOMAD_TASK_DIR"], "items", ".spare", "x"), exist_ok=True)
    os.register_at_fork(after_in_child=harm)
"""
    one = Worker(tmp_path, harm + FLOW)
    try:
        one.connect({})
        for name in ("one", "two", "three"):
            one.run(name)
            assert "unstarted" not in one.hear("ended")
            one.say({"done": name})
            shutil.rmtree(tmp_path / "local" / "items", ignore_errors=True)
    finally:
        one.process.kill()
        one.process.wait()


def test_a_worker_that_ends_waits_no_longer_than_it_says(tmp_path: Path) -> None:
    one = Item("one", Outputs(tmp_path), tmp_path / "place", {"at": 1.0, "number": 1})
    stubborn = (
        "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; print(flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", stubborn], start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout and process.stdout.read(1)
    one.pid = process.pid
    one.kill(signal.SIGINT, 300)
    one.abandon(signal.SIGTERM, 0)
    one.enforce()
    assert process.wait(30) == -signal.SIGKILL


def test_a_worker_that_hears_nothing_ends(worker: Worker) -> None:
    worker.connect({})
    worker.say({"alive": 1})
    assert worker.process.wait(30) == 0


def test_a_worker_that_is_told_to_ends(worker: Worker) -> None:
    worker.connect({})
    worker.say({"stop": 1})
    assert worker.process.wait(30) == 0


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "data").mkdir(parents=True)
    for name in ("flow.py", "data/table.csv"):
        (folder / name).write_text("as it was")
    (folder / ".metaflow").mkdir()
    (folder / ".mf_code").symlink_to("/nowhere")
    return folder


@pytest.mark.parametrize(
    "change",
    [
        lambda place: (place / "flow.py").write_text("changed!!"),
        lambda place: (place / "data" / "table.csv").chmod(0o600),
        lambda place: (place / "data" / "more").touch(),
        lambda place: (place / "more").mkdir(),
        lambda place: (place / ".mf_code").unlink(),
        lambda place: (place / "flow.py").rename(place / "flow2.py"),
        lambda place: place.chmod(0o700),
        lambda place: place.rename(place.with_name("away")),
        lambda place: (os.utime(place / "flow.py", ns=(1, 1)), (place / "flow.py").write_text("as it WAS")),
    ],
)
def test_a_folder_that_an_item_has_changed_is_not_given_to_another(
    tmp_path: Path, code: Path, change: Callable[[Path], Any]
) -> None:
    items = tmp_path / "items"
    items.mkdir()
    places = Places(code, items)
    first = places.take("one")
    kept = first.stat().st_ino
    places.give_back(first, alone=True)
    second = places.take("two")
    assert second.stat().st_ino == kept and not first.exists(), "one that was left as it was is used again"
    (second / ".metaflow" / "said").touch()
    places.give_back(second, alone=True)
    third = places.take("three")
    assert third.stat().st_ino == kept and not list((third / ".metaflow").iterdir())
    change(third)
    places.give_back(third, alone=True)
    fourth = places.take("four")
    assert (fourth / "flow.py").read_text() == (fourth / "data" / "table.csv").read_text() == "as it was"
    assert sorted(path.name for path in fourth.rglob("*")) == [".metaflow", ".mf_code", "data", "flow.py", "table.csv"]
    assert fourth.stat().st_mode == code.stat().st_mode


def test_nothing_is_used_again_while_somebody_may_still_write_to_it(tmp_path: Path, code: Path) -> None:
    items = tmp_path / "items"
    items.mkdir()
    places, outputs = Places(code, items), Outputs(tmp_path)
    for name, alone in (("one", False), ("two", True)):
        place, files = places.take(name), outputs.take(name)
        (tmp_path / f"{name}.stdout").write_text(f"{name} was here")
        places.give_back(place, alone)
        outputs.give_back(files, alone)
        assert not (tmp_path / f"{name}.stdout").exists() and not place.exists()
    assert [path.name for path in items.iterdir()] == [".spare"]
    files = outputs.take("three")
    assert files.size("stdout") == 0
    assert (tmp_path / "three.stdout").exists()


LEAVING = """
    import os, subprocess
    from metaflow import FlowSpec, step
    shared = subprocess.Popen(["sleep", "300"], stdout=subprocess.DEVNULL)
    def leave():
        left = subprocess.Popen(["sleep", "300"], stdout=subprocess.DEVNULL, start_new_session=True)
        with open(os.environ["NOMAD_ALLOC_DIR"] + "/pids", "w") as file:
            file.write(f"{shared.pid} {left.pid}")
    os.register_at_fork(after_in_child=leave)
"""


def test_what_an_item_leaves_running_is_ended_and_what_the_import_started_is_not(tmp_path: Path) -> None:
    one = Worker(tmp_path, LEAVING + FLOW)
    try:
        one.connect({})
        one.run("one")
        one.hear("ended")
        shared, left = map(int, (tmp_path / "alloc" / "pids").read_text().split())
        one.say({"done": "one"})
        until = time.monotonic() + 30
        while Path(f"/proc/{left}").exists() and "Z" not in Path(f"/proc/{left}/stat").read_text():
            assert time.monotonic() < until, "what the item left still runs"
            time.sleep(0.02)
        assert Path(f"/proc/{shared}").exists()
        os.kill(shared, signal.SIGKILL)
    finally:
        one.process.kill()
        one.process.wait()
