"""Real flows on a launch host that runs jobs as plain processes: the whole Python side, without Node and Nomad."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()
FLOWS = HERE.parents[1] / "e2e" / "flows"
ENV = {
    "METAFLOW_NOMAD_HOST_JS": str(HERE.parents[1] / "support" / "fake_host.py"),
    "METAFLOW_USER": "tester",
    "METAFLOW_HOME": "/nonexistent",
}


@pytest.fixture
def place(tmp_path):
    # Node's own options, which come first, mean nothing to the fake host.
    node = tmp_path / "node"
    node.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} "$@"\n')
    node.chmod(0o755)
    env = {
        **os.environ,
        **ENV,
        "METAFLOW_NOMAD_NODE": str(node),
        "TMPDIR": f"/tmp/mfnl-{os.getpid()}",
        "MARKS": str(tmp_path),
    }
    os.makedirs(env["TMPDIR"], exist_ok=True)
    if not any("site-packages/metaflow_nomad" in str(p) for p in (__import__("metaflow_nomad").__path__)):
        env["PYTHONPATH"] = str(HERE.parents[2])
    yield tmp_path, env
    subprocess.run(["rm", "-rf", env["TMPDIR"]], check=True)


def run(place, flow, *arguments, **env):
    command = [sys.executable, str(FLOWS / flow), "--no-pylint", *(arguments or ["run"])]
    return subprocess.run(
        command, cwd=place[0], env={**place[1], **env}, capture_output=True, text=True, timeout=120, check=False
    )


def client(place, code):
    script = f"from metaflow import Flow, namespace; namespace(None)\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=place[0], env=place[1], capture_output=True, text=True, check=True
    )
    return done.stdout


def left(place):
    """What is left of a run: processes of it, and files."""
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if place[1]["TMPDIR"] in line] + [
        name for name in os.listdir(place[1]["TMPDIR"]) if name.startswith("mfn-")
    ]


def test_branches_foreach_join_retry_environment(place):
    done = run(place, "branches.py")
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert "squares [0, 1, 4]" in text
    assert "Did you mean cores=2?" in text
    assert "this is a fake host" in text
    assert left(place) == []
    assert not (place[0] / ".metaflow" / ".nomad").exists()
    facts = json.loads(
        client(
            place,
            "import json; r = Flow('BranchesFlow').latest_run; print(json.dumps([r['right'].task.metadata_dict, r['work'].task.stdout, str(r['end'].task.code)]))",
        )
    )
    assert facts[0]["nomad-driver"] == "raw_exec"
    assert re.fullmatch(r"BranchesFlow-\d+-right-3-1-[0-9a-f]{10}", facts[0]["nomad-job-id"])
    assert facts[1].count("working on") == 1
    assert "MetaflowCode" in facts[2]


def test_resume(place):
    assert run(place, "endings.py", MODE="fail-late").returncode != 0
    done = run(place, "endings.py", "resume", MODE="fine")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Cloning" in done.stdout + done.stderr


@pytest.mark.parametrize("mode", ["exit", "segfault"])
def test_catch_runs_here_after_the_last_attempt(place, mode):
    done = run(place, "endings.py", MODE=mode)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert "Waiting 0.6 seconds before the next attempt" in text
    assert "Task fallback is starting" in text
    assert "caught 1" in text
    assert ("segmentation fault" in text) == (mode == "segfault")


def test_with_and_awkward_json(place):
    spec = "nomad:cpu=500,env=" + json.dumps({"ODD": 'a,b=c "d" \\ ${e} ü\n', "T": True})
    done = run(place, "endings.py", "run", "--with", spec, MODE="echo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert repr('a,b=c "d" \\ ${e} ü\n') + " 'true'" in done.stdout


def test_a_host_that_dies_is_started_again(place):
    done = run(place, "branches.py", FAKE_HOST_DIE_ONCE="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert left(place) == []


def test_a_refusal_is_one_sentence_and_nothing_is_left(place):
    error = {
        "code": "NOMAD_E_API_BAD_TOKEN",
        "message": "Nomad does not know the ACL token.",
        "hint": "Look.",
        "step": "left",
    }
    done = run(place, "branches.py", FAKE_HOST_REFUSE=json.dumps(error))
    assert done.returncode != 0
    assert "Step left: Nomad does not know the ACL token. Look. [NOMAD_E_API_BAD_TOKEN]" in done.stderr
    time.sleep(1)
    assert left(place) == []


@pytest.mark.parametrize("how", ["group", "runtime", "term", "kill"])
def test_interrupt_leaves_nothing(place, how):
    command = [sys.executable, str(FLOWS / "endings.py"), "--no-pylint", "run"]
    process = subprocess.Popen(command, cwd=place[0], env={**place[1], "MODE": "sleep"}, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))  # fmt: skip
    seen = 0
    while seen < 2:
        seen += b"sleeping" in process.stdout.readline()
    number = {"term": signal.SIGTERM, "kill": signal.SIGKILL}.get(how, signal.SIGINT)
    (os.killpg if how == "group" else os.kill)(process.pid, number)
    until = time.monotonic() + 10
    while left(place) and time.monotonic() < until:
        time.sleep(0.2)
    process.stdout.close()
    process.wait(10)
    assert left(place) == []
    assert len(list(place[0].glob("signal-*"))) == 2, "the step itself gets the signal"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--with", "nomad:memroy=3"], "Did you mean memory?"),
        (["run", "--with", 'nomad:memory="4GB"'], "memory=4096"),
    ],
)
def test_refusals_before_anything_starts(place, arguments, said):
    done = run(place, "endings.py", *arguments)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Workflow starting" not in done.stdout


def test_literal_token_stays_out_of_the_run(place):
    done = run(place, "literal_token.py")
    assert done.returncode == 0, done.stderr
    assert "the token is written out" in done.stdout + done.stderr
    assert (
        client(
            place, "print('5ecret' in str(Flow('TokenFlow').latest_run['_parameters'].task['_graph_info'].data))"
        ).strip()
        == "False"
    )


def test_list_and_kill(place):
    found = run(place, "endings.py", "nomad", "kill", "--job-id", "a", "--job-id", "b", "--purge")
    answer = json.loads(found.stdout.splitlines()[-1])
    assert answer["argv"] == ["jobs", "stop"]
    assert answer["query"]["jobIds"] == ["a", "b"]
    assert answer["query"]["purge"] is True
    assert "mutually exclusive" in run(place, "endings.py", "nomad", "list", "--my-runs", "--user", "x").stderr
    mine = json.loads(run(place, "endings.py", "nomad", "list", "--my-runs").stdout.splitlines()[-1])["query"]
    assert (mine["user"], mine["runId"]) == ("tester", None)
