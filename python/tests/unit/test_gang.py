"""What is said of a gang at launch, and how its tasks come together."""

import socket
import subprocess
import threading
import time
import types

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad import gang, meeting, step_command
from metaflow_extensions.nomad_ext.plugins.nomad.exceptions import NomadException


def cli_args(**options):
    return types.SimpleNamespace(
        top_level_options={}, commands=["step"], command_args=["train"], command_options={"task-id": "2", **options}
    )


def test_a_step_alone_is_no_gang():
    assert gang.size(cli_args()) == 0


def test_each_task_says_who_it_is():
    """The shell's own answer, for the words are its to fill in."""
    args = cli_args(**{"num-parallel": "3", "ubf-context": "ubf_control", "split_index": "0"})
    assert gang.size(args) == 3
    command = step_command.step_command(args, "flow.py", gang.OWN_WORDS, gang.OWN_OPTIONS)
    said = [
        subprocess.run(["sh", "-c", f"echo {command.words}"], env=node.env, capture_output=True, text=True, check=True)
        for node in gang.nodes("2", 3)
    ]
    assert [done.stdout.strip() for done in said] == [
        "flow.py step train --num-parallel 3 --task-id 2 --split-index 0 --ubf-context ubf_control",
        "flow.py step train --num-parallel 3 --task-id 2-worker-0 --split-index 1 --ubf-context ubf_task",
        "flow.py step train --num-parallel 3 --task-id 2-worker-1 --split-index 2 --ubf-context ubf_task",
    ]


@pytest.fixture
def place(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "metaflow-nomad-gang").write_text(f"127.0.0.1 {port}\n")
    monkeypatch.setenv("NOMAD_TASK_DIR", str(tmp_path))
    monkeypatch.setenv("METAFLOW_NOMAD_GANG", "a-job")
    monkeypatch.setenv("NOMAD_PORT_metaflow_gang", str(port))
    return "127.0.0.1", port


def caller(place):
    """A connection, as soon as the control task listens."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(place, timeout=5)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def attend(index, found):
    thread = threading.Thread(target=lambda: found.append((index, meeting.attend(index, 3, 30))))
    thread.start()
    return thread


def test_nobody_begins_before_all_are_there(place):
    found = []
    early = [attend(0, found), attend(1, found)]
    with pytest.raises(NomadException, match="did not come together within 0.5 s"):
        meeting.attend(1, 3, 0.5)  # A second call of the same task neither counts nor shuts out the first.
    assert found == []
    for thread in [*early, attend(2, found)]:
        thread.join(30)
    assert sorted(found) == [(0, place), (1, place), (2, place)]
    # The port is the user's from here on, also for code that does not know of SO_REUSEADDR.
    with socket.socket() as own:
        own.bind(place)


def test_what_a_released_task_says_does_not_end_in_the_meeting(place):
    """Its first words are for the user's code on that port, also while the others have not been released yet."""
    control = attend(0, [])
    callers = [caller(place) for _ in range(2)]
    for index, peer in enumerate(callers, 1):
        peer.sendall(f"a-job {index}\n".encode())
    assert callers[0].recv(3) == b"go\n"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place, timeout=5)
    for peer in callers:
        peer.close()
    control.join(30)


def test_strangers_do_not_count(place):
    found = []
    thread = attend(0, found)
    for said in (b"another-job 1\n", b"a-job 7\n", b"a-job x\n", b"\xff\n"):
        with caller(place) as peer:
            peer.sendall(said)
    workers = [attend(1, found), attend(2, found)]
    for one in (thread, *workers):
        one.join(30)
    assert {index for index, _ in found} == {0, 1, 2}


def test_those_who_did_not_come_are_named(place):
    with pytest.raises(NomadException, match=r"within 0\.2 s: nodes 1, 2 did not come"):
        meeting.attend(0, 3, 0.2)
