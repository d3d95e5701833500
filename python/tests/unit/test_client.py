"""The tiny client, in Python and in Perl, against a socket that does what each test says."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad.host_process import CLIENT_ENV

ROOT = Path(__file__).resolve().parents[2]
CLIENT = str(ROOT / "metaflow_nomad" / "client.py")
PERL = str(ROOT / "metaflow_nomad" / "relay.pl")
PYTHON = [sys.executable, "-I", "-S", CLIENT]
KINDS = ("python", "perl")
FAKE = str(ROOT / "tests" / "support" / "fake_host.py")


def frame(kind, payload):
    return kind + len(payload).to_bytes(4, "big") + payload


class Server:
    def __init__(self, rundir, *scripts):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(f"{rundir}/host.sock")
        self.socket.listen(8)
        self.hellos, self.scripts = [], list(scripts)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for script in self.scripts:
            connection, _ = self.socket.accept()
            reader = connection.makefile("rb")
            self.hellos.append(json.loads(reader.readline()))
            script(connection, reader)
            reader.close()
            connection.close()


@pytest.fixture(autouse=True, params=KINDS)
def kind(request, monkeypatch):
    """Which client `start` starts."""
    monkeypatch.setattr(sys.modules[__name__], "KIND", request.param)
    return request.param


KIND = ""


def start(rundir, delay="0", request="/r/q.json", **env):
    words = [str(rundir), request, delay]
    # What perl would warn of would be in the output.
    perl = ["perl", "-f", "-Mstrict", "-Mwarnings=FATAL,all", PERL, *words, *PYTHON]
    command = perl if KIND == "perl" else [*PYTHON, *words]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env={**os.environ, **env}, **streams)


def finish(process, timeout=20):
    # communicate() would close standard input at once, which means: the runtime is gone.
    streams = {}
    threads = [
        threading.Thread(target=lambda n=n: streams.__setitem__(n, getattr(process, n).read()))
        for n in ("stdout", "stderr")
    ]
    for thread in threads:
        thread.start()
    code = process.wait(timeout)
    for thread in threads:
        thread.join()
    return code, streams["stdout"], streams["stderr"]


@pytest.fixture
def rundir(tmp_path):
    # A socket's path is short.
    folder = Path(f"/tmp/mfnt-{os.getpid()}-{time.monotonic_ns() % 10**9}")
    folder.mkdir(mode=0o700)
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_relays_and_exits_with_the_code(rundir):
    def script(connection, reader):
        data = (
            frame(b"o", "gr\u00fc".encode()[:3])
            + frame(b"o", "\u00fc\n".encode()[1:])
            + frame(b"e", b"err\n")
            + frame(b"r", b"7")
            + frame(b"x", b"42")
        )
        for at in range(len(data)):  # a frame may come byte by byte
            connection.sendall(data[at : at + 1])

    server = Server(rundir, script)
    assert finish(start(rundir, request='/odd "\\ path\n\u00fc')) == (42, "gr\u00fc\n".encode(), b"err\n")
    assert server.hellos == [{"v": 1, "kind": "task", "request": '/odd "\\ path\n\u00fc', "resume": None}]


def test_what_a_user_has_set_for_perl_changes_nothing(rundir):
    said = bytes(range(256)) + b"\n"
    Server(rundir, lambda connection, reader: connection.sendall(frame(b"o", said) + frame(b"x", b"3")))
    odd = {"PERL_UNICODE": "SDA", "PERL5OPT": "-w", "PERLIO": ":crlf", "LC_ALL": "xx_YY.UTF-8", **CLIENT_ENV}
    assert finish(start(rundir, **odd)) == (3, said, b"")


def test_large_output_arrives_whole(rundir):
    payload = os.urandom(1 << 20)

    def script(connection, reader):
        for _ in range(20):
            connection.sendall(frame(b"o", payload) + frame(b"e", payload))
        connection.sendall(frame(b"x", b"0"))

    Server(rundir, script)
    assert finish(start(rundir)) == (0, payload * 20, payload * 20)


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [(b"-11", 139, b"segmentation fault"), (b"139", 139, b"segmentation fault"), (b"-9", 137, b""), (b"0", 0, b"")],
)
def test_signals_as_exit_codes(rundir, sent, code, said):
    Server(rundir, lambda connection, reader: connection.sendall(frame(b"x", sent)))
    found = finish(start(rundir))
    assert found[0] == code
    assert said in found[2]


@pytest.mark.parametrize("reason", ["SIGTERM", "SIGINT", "SIGHUP", "eof"])
def test_cancel(rundir, reason):
    seen = []

    def script(connection, reader):
        connection.sendall(frame(b"o", b"running\n"))
        seen.append(reader.read(1))
        connection.sendall(frame(b"o", b"stopped\n") + frame(b"x", b"9"))

    server = Server(rundir, script)
    process = start(rundir)
    assert process.stdout.readline() == b"running\n"
    if reason == "eof":
        process.stdin.close()
    else:
        process.send_signal(getattr(signal, reason))
    code, out, _ = finish(process)
    server.thread.join(5)
    assert seen == [b"c"]
    assert out == b"stopped\n"
    assert code == {"SIGINT": 130, "SIGHUP": 129}.get(reason, 143)


def test_a_host_that_does_not_answer_a_cancel(rundir):
    Server(rundir, lambda connection, reader: time.sleep(30))
    process = start(rundir)
    time.sleep(0.5)
    started = time.monotonic()
    process.terminate()
    assert finish(process)[0] == 143
    assert 3 < time.monotonic() - started < 8


def test_delay_is_waited_here_and_can_be_interrupted(rundir):
    server = Server(rundir, lambda connection, reader: connection.sendall(frame(b"x", b"0")))
    process = start(rundir, delay="600")
    assert b"Waiting 10 minutes" in process.stdout.readline()
    process.stdin.close()
    assert finish(process)[0] == 143
    assert server.hellos == []


def test_reconnects_with_the_resume_token(rundir):
    token = json.dumps({"held": "x" * 300_000})
    (rundir / "host.json").write_text(json.dumps({"argv": ["/bin/false", "host"]}))
    server = Server(
        rundir,
        lambda connection, reader: connection.sendall(
            frame(b"o", b"1\n") + frame(b"r", token.encode()) + frame(b"o", b"2")[:4]
        ),
        lambda connection, reader: connection.sendall(frame(b"o", b"2\n") + frame(b"x", b"0")),
    )
    assert finish(start(rundir, request=str(rundir / "q.json")))[:2] == (0, b"1\n2\n")
    assert [hello["resume"] for hello in server.hellos] == [None, token]
    assert not (rundir / "q.json.resume").exists()


@pytest.mark.parametrize("reason", ["SIGTERM", "eof"])
def test_a_host_that_dies_of_a_cancel_is_told_again(rundir, reason):
    (rundir / "host.json").write_text(json.dumps({"argv": ["/bin/false", "host"]}))
    seen = []

    def dies(connection, reader):
        connection.sendall(frame(b"o", b"running\n") + frame(b"r", b"1"))
        reader.read(1)

    def stops(connection, reader):
        seen.append(reader.read(1))
        connection.sendall(frame(b"x", b"9"))

    server = Server(rundir, dies, stops)
    process = start(rundir, request=str(rundir / "q.json"))
    assert process.stdout.readline() == b"running\n"
    process.stdin.close() if reason == "eof" else process.terminate()
    assert finish(process)[0] == 143
    assert seen == [b"c"]
    assert [hello["resume"] for hello in server.hellos] == [None, "1"]


HOST = """
import os, socket, sys
assert sys.argv[1] == "host"
rundir = sys.argv[2]
open(rundir + "/starts", "a").write("x")
s = socket.socket(socket.AF_UNIX)
s.bind(rundir + "/host.sock"); s.listen(64)
for _ in range(int(sys.argv[3])):
    c, _ = s.accept()
    c.makefile("rb").readline()
    c.sendall(b"x" + (1).to_bytes(4, "big") + b"5")
"""


def test_only_one_of_many_clients_starts_a_dead_host(rundir):
    (rundir / "h.py").write_text(HOST)
    (rundir / "host.json").write_text(
        json.dumps({"argv": [sys.executable, str(rundir / "h.py"), "host", str(rundir), "8"]})
    )
    clients = [start(rundir) for _ in range(8)]
    assert [finish(client)[0] for client in clients] == [5] * 8
    assert (rundir / "starts").read_text() == "x"


def test_runs_in_process_when_no_host_starts(rundir):
    script = 'case "$1" in host) exit 1;; *) echo "$@";; esac'
    (rundir / "host.json").write_text(json.dumps({"argv": ["/bin/sh", "-c", script, "sh", "host", str(rundir)]}))
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(ROOT)!r}); from metaflow_nomad import relay, revive; revive.STARTUP_SECONDS = 0.3; import os; os._exit(relay.main(sys.argv[1:]))", str(rundir), "/r/q.json", "0"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    code, out, err = finish(process)
    assert code == 0
    assert out == f"task {rundir} /r/q.json\n".encode()
    assert b"no launch host could be started" in err


def open_files(pid):
    links = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            links.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return links


def test_a_started_host_keeps_nothing_open(rundir):
    (rundir / "host.json").write_text(json.dumps({"argv": ["/bin/sleep", "5"]}))
    done = subprocess.run(
        [sys.executable, "-I", "-S", CLIENT, "--start-host", str(rundir)], capture_output=True, timeout=3, check=True
    )
    pid = int(done.stdout)
    for _ in range(50):  # it says its number just before it closes the last pipe
        links = open_files(pid)
        if len(links) == 2:
            break
        time.sleep(0.02)
    assert links == {"/dev/null", f"{rundir}/host.log"}
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGTERM)
