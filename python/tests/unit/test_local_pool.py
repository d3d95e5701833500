"""The pool on the submitter's own machine, with Metaflow's own local runtime."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad import worker_pool_decorator

ROOT = Path(worker_pool_decorator.__file__).parents[4]
FLOW = """
    import json, os, signal, sys, time
    from metaflow import FlowSpec, current, retry, step

    class HereFlow(FlowSpec):
        @step
        def start(self):
            self.ways = os.environ["WAYS"].split(",")
            self.next(self.work, foreach="ways")

        @retry(times=1, minutes_between_retries=0)
        @step
        def work(self):
            self.began, self.server = time.time(), os.getppid()
            print("item", self.input, os.getpid(), os.getppid(), flush=True)
            if current.retry_count == 0:
                if self.input == "server":
                    time.sleep(0.5)
                    os.kill(os.getppid(), signal.SIGKILL)
                    time.sleep(60)
                if self.input == "segv":
                    os.kill(os.getpid(), signal.SIGSEGV)
                if self.input == "code":
                    os._exit(7)
                if self.input == "sleep":
                    time.sleep(60)
            time.sleep(0.2)
            self.tries, self.argv, self.over = current.retry_count, sys.argv[:1], time.time()
            self.next(self.join)

        @step
        def join(self, inputs):
            spans = [(one.began, one.over) for one in inputs]
            most = max(sum(a <= when < b for a, b in spans) for when, _ in spans)
            self.found = {"tries": {one.input: one.tries for one in inputs}, "most": most}
            self.found["servers"] = len({one.server for one in inputs})
            print("FOUND", json.dumps(self.found), flush=True)
            self.next(self.end)

        @step
        def end(self):
            pass

    if __name__ == "__main__":
        HereFlow()
"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the flow on a local pool; its processes are ended after the test."""
    started: list[subprocess.Popen[str]] = []
    (tmp_path / "here.py").write_text(textwrap.dedent(FLOW))

    def begin(ways: str, size: str = "2", **more: str) -> subprocess.Popen[str]:
        words = ["here.py", "--no-pylint", "run", "--max-workers", "8"]
        words += [] if "METAFLOW_DEFAULT_DECOSPECS" in more else ["--with", f"worker_pool:size={size}"]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "WAYS": ways, "TMPDIR": str(tmp_path), **more}
        env.update(METAFLOW_USER="tester", METAFLOW_DATASTORE_SYSROOT_LOCAL=str(tmp_path))
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=tmp_path,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def found(process: subprocess.Popen[str]) -> tuple[dict[str, Any], str]:
    output = process.communicate(timeout=120)[0]
    assert process.returncode == 0, output
    line = next(line for line in output.splitlines() if "FOUND" in line)
    return json.loads(line.partition("FOUND ")[2]), output


def pids(process: subprocess.Popen[str], count: int) -> list[int]:
    """Read until so many items have begun; returns them and their server."""
    assert process.stdout
    known: set[int] = set()
    begun = 0
    while begun < count:
        line = process.stdout.readline()
        assert line, "the flow ended"
        if " item " in line:
            known.update(map(int, line.split()[-2:]))
            begun += 1
    return sorted(known)


def gone(numbers: list[int], seconds: float = 20) -> bool:
    """Whether none of these processes runs any more, at the latest after so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(runs(number) for number in numbers):
            return True
        time.sleep(0.05)
    return False


def runs(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_items_share_a_server_and_end_as_they_would_alone(start: Start, tmp_path: Path) -> None:
    answer, output = found(start("a,b,code,segv,c,d"))
    assert answer["tries"] == {"a": 0, "b": 0, "c": 0, "d": 0, "code": 1, "segv": 1}
    assert answer["most"] <= 2, "no more at a time than the pool's size"
    assert answer["servers"] == 1
    assert "Task failed with a segmentation fault." in output
    assert not list(tmp_path.glob("mfp-*")), "the socket goes with the run"


def test_a_server_that_is_killed_costs_its_items_an_attempt(start: Start) -> None:
    answer, output = found(start("server,sleep,b,c", METAFLOW_DEFAULT_DECOSPECS="worker_pool:size=2"))
    assert (answer["tries"]["server"], answer["tries"]["sleep"]) == (1, 1)
    assert set(answer["tries"]) == {"server", "sleep", "b", "c"}
    assert "The fork server ended while this task was running" in output


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_the_runtime(start: Start, number: int) -> None:
    process = start("sleep,sleep,sleep")
    known = pids(process, 2)
    assert len(known) == 3
    os.kill(process.pid, number)
    process.communicate(timeout=60)
    assert gone(known), known


def test_a_pool_as_large_as_the_machine(start: Start) -> None:
    answer, output = found(start("a,b,c,d,e", size="auto"))
    cores = len(os.sched_getaffinity(0))
    assert f"worker pool of {cores}, one for each CPU" in output
    assert answer["most"] <= cores
    assert answer["servers"] == 1


def test_where_no_server_can_listen_tasks_run_by_themselves(start: Start, tmp_path: Path) -> None:
    # The path of a socket has about 100 bytes.
    long = tmp_path / ("x" * 100)
    long.mkdir()
    answer, output = found(start("a,b", TMPDIR=str(long)))
    assert answer["tries"] == {"a": 0, "b": 0}
    parents = {line.split()[-1] for line in output.splitlines() if " item " in line}
    assert len(parents) == 1
    assert not list(long.iterdir())


CLIENT = ROOT / "metaflow_nomad" / "pool_client.py"


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """A fork server's socket, with nobody behind it but the test."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.bind(str(tmp_path / "socket"))
        one.listen()
        one.settimeout(20)
        yield one


def eventually(probe: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not probe():
        assert time.monotonic() < end
        time.sleep(0.01)


def stand_in(tmp_path: Path) -> list[str]:
    """Its command says that it ran; where it does, nobody else has run the item."""
    return [sys.executable, "-I", "-S", str(CLIENT), str(tmp_path / "socket"), "1", "touch", str(tmp_path / "ran")]


def greeted(listener: socket.socket) -> socket.socket:
    """Accept a stand-in, and read all that it says of its item."""
    connection, _ = listener.accept()
    count = int(connection.recv(10))
    while count:
        count -= len(connection.recv(count))
    return connection


def test_a_stand_in_that_heard_nothing_runs_the_task_itself(listener: socket.socket, tmp_path: Path) -> None:
    with subprocess.Popen(stand_in(tmp_path)) as process:
        greeted(listener).close()
    assert process.returncode == 0
    assert (tmp_path / "ran").exists()


def test_what_a_server_said_before_it_died_counts(listener: socket.socket, tmp_path: Path) -> None:
    """Also where a signal could not be passed on any more: the task may have begun, and must not run twice."""
    with subprocess.Popen(stand_in(tmp_path), stderr=subprocess.PIPE, text=True) as process:
        connection = greeted(listener)
        # Stopped, it can be signalled after the server's death and before it hears of that.
        process.send_signal(signal.SIGSTOP)
        connection.sendall(b"taken\n")
        connection.close()
        process.send_signal(signal.SIGUSR1)
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert "The fork server ended while this task was running." in said
    assert "Traceback" not in said
    assert not (tmp_path / "ran").exists()


def test_a_stand_in_that_was_to_end_does_not_begin(listener: socket.socket, tmp_path: Path) -> None:
    with subprocess.Popen(stand_in(tmp_path)) as process:
        connection = greeted(listener)
        process.send_signal(signal.SIGTERM)
        assert connection.recv(1) == bytes([signal.SIGTERM])
        connection.close()
    assert process.returncode == -signal.SIGTERM
    assert not (tmp_path / "ran").exists()


def test_a_stand_in_whose_runtime_has_gone_does_not_begin(listener: socket.socket, tmp_path: Path) -> None:
    words = f"import subprocess, time; print(subprocess.Popen({stand_in(tmp_path)!r}).pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE, text=True) as runtime:
        assert runtime.stdout
        pid = int(runtime.stdout.readline())
        connection = greeted(listener)
        runtime.kill()
        runtime.wait()
        connection.close()
        assert gone([pid])
    assert not (tmp_path / "ran").exists()


# One that begins no item.
SERVER = """
import json, sys, types
package = sys.modules["nomad_worker"] = types.ModuleType("nomad_worker")
package.__path__ = [sys.argv[1]]
from nomad_worker.here import Here
Here({"listener": int(sys.argv[2]), "size": 0, "idleSeconds": 60}).serve()
"""
WORKER = ROOT / "metaflow_extensions/nomad_ext/plugins/nomad/worker"


@pytest.mark.parametrize("heard", [True, False])
def test_who_waits_is_told_that_the_runtime_has_gone(listener: socket.socket, tmp_path: Path, heard: bool) -> None:
    """Its task would run else with nobody to run it for; also where the server was still importing the flow."""
    number = listener.fileno()
    guests = [subprocess.Popen(stand_in(tmp_path)) for _ in range(2)]
    # The listener, and the server's end of each connection: who connects later finds nobody.
    eventually(lambda: Path("/proc/net/unix").read_text().count(f"{tmp_path}/socket\n") >= 1 + len(guests))
    words = [sys.executable, "-c", SERVER, str(WORKER), str(number)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, pass_fds=[number]) as server:
        # A connection and three streams of each.
        wanted = len(guests) * 4 + 6 if heard else 0
        eventually(lambda: len(list(Path(f"/proc/{server.pid}/fd").iterdir())) >= wanted)
        assert server.stdin
        server.stdin.close()
        # Only one of the server's is left then: what it has not heard must not wait for this test's.
        listener.close()
        codes = [guest.wait(20) for guest in guests]
    assert codes == [-signal.SIGKILL] * 2
    assert not (tmp_path / "ran").exists()
