"""A task's output: live, complete, in order, stdout and stderr told apart, the same in terminal and store."""

import re
import subprocess

import pytest
from kit.parts import ROOT

MEGABYTE = "<" + "0123456789abcdef" * 65_536 + ">"


def stored(result, step, site):
    """What Metaflow's store holds of a step's only task: stdout and stderr."""
    out, err = result.by.client(
        f"task = Flow('{flow_of(result)}')['{result.run_id}']['{step}'].task\nanswer = [task.stdout, task.stderr]",
        site=site,
    )
    return out, err


def flow_of(result):
    return re.search(r"executing (\w+) for", result.output)[1]


@pytest.mark.parametrize("site", ["raw", "docker-shared"])
def test_a_line_is_seen_before_the_next_one_is_printed(submitter, site):
    """The task goes on only when the test, having seen its line in the runtime's output, writes a file."""
    by = submitter()
    acks = by.place / "acks"
    acks.mkdir()
    flow = by.start("live", "run", site=site, env={"ACKS": str(acks)})
    for number in range(4):
        flow.until(f"] live {number}\n")
        (acks / f"ack-{number}").touch()
    result = flow.wait().ok()
    assert [line for line in result.lines("start") if "live" in line] == [f"live {number}" for number in range(4)]
    assert "the last words have no newline" in result.lines("start")
    out, err = stored(result, "start", site)
    assert [line for line in out.splitlines() if "live" in line] == ["live 0", "live 2"]
    assert [line for line in err.splitlines() if "live" in line] == ["live 1", "live 3"]
    assert out.rstrip("\n").endswith("the last words have no newline")


@pytest.mark.parametrize(("site", "hard"), [("raw", "false"), ("raw", "true"), ("docker", "false"), ("docker", "true")])
def test_a_task_that_is_over_at_once_is_told_to_its_last_line(submitter, site, hard, cluster):
    """Also one that is killed, by a signal or for its memory: then nobody but the launcher can store its output."""
    by = submitter()
    result = by.run("burst", "run", "--hard", hard, site=site).failed()
    wanted = [f"burst {number}" for number in range(200)]
    assert [line for line in result.lines("start") if line.startswith("burst")] == wanted
    assert "the last line" in result.lines("start")
    out, err = stored(result, "start", site)
    assert [line for line in out.splitlines() if line.startswith("burst")] == wanted
    assert "the last line" in err.splitlines()
    why = {"false": "exited with code 5", "true": "ended by signal 9" if site == "raw" else "ran out of memory"}
    assert why[hard] in result.output


@pytest.fixture(scope="module", params=["raw", "docker", "docker-shared"])
def flood(request, new_submitter, unprivileged):
    """On docker with shared storage by a user without rights: there the container becomes the submitter."""
    site = request.param
    result = new_submitter(unprivileged if site == "docker-shared" else None).run("flood", site=site).ok()
    return result, site


def test_a_hundred_thousand_lines(flood):
    result, site = flood
    wanted = [f"many {number}" for number in range(100_000)]
    assert [line for line in result.lines("many") if line.startswith("many ")] == wanted
    out, _ = stored(result, "many", site)
    assert [line for line in out.splitlines() if line.startswith("many ")] == wanted


def test_a_line_of_a_megabyte(flood):
    result, site = flood
    told = result.lines("long")
    assert [line == MEGABYTE for line in told if line.startswith("<")] == [True]
    assert told.index(MEGABYTE) + 1 == told.index("after the long line")
    out, _ = stored(result, "long", site)
    assert [line == MEGABYTE for line in out.splitlines() if line.startswith("<")] == [True]


def test_characters_of_several_bytes(flood):
    result, site = flood
    wanted = [f"wide {number} " + "aé€😀" * (number % 23) for number in range(3_000)]
    wrong = [f"wrong {number} é" for number in range(3_000)]
    told = result.lines("wide")
    assert [line for line in told if line.startswith("wide")] == [line.rstrip() for line in wanted]
    assert [line for line in told if line.startswith("wrong")] == wrong
    out, err = stored(result, "wide", site)
    assert [line for line in out.splitlines() if line.startswith("wide")] == wanted
    assert [line for line in err.splitlines() if line.startswith("wrong")] == wrong


def test_each_task_first_says_where_it_is(run_flow, cluster):
    """Job, allocation, node, and a command to paste; that command shows the task's output."""
    result = run_flow(ROOT / "test/seeds/001/nomad_flow.py").ok()
    starting, line, *_ = result.lines("compute_on_nomad")
    assert starting == "Task is starting."
    found = re.match(r"Nomad job (\S+), allocation (\S+), node (\S+); logs: nomad (alloc logs) (\S+) (\S+)$", line)
    assert found, line
    (job,) = cluster.jobs(run_id=result.run_id)
    (allocation,) = cluster.allocations(job)
    assert found.group(1, 2, 3, 5) == (job["ID"], allocation["ID"], allocation["NodeName"], allocation["ID"])
    # Without -f, for Nomad goes on following a task that has ended.
    command = [cluster.nomad, "alloc", "logs", found[5], found[6]]
    env = {"NOMAD_ADDR": cluster.address}
    shown = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert "This step is running on Nomad!" in shown.stdout
