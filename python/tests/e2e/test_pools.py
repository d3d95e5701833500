"""Worker pools: the same flow with one and without, workers that end, and where none can be had."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, Callable

import pytest
from kit.parts import Cluster, until

# All of a task that does not say where or when it ran.
FACTS = r"""
import re
def plain(text):
    text = re.sub(r"Nomad job .*|\S*\.mf_code/|/\S*/metaflow/|\d{10,}/work/\d+|0x[0-9a-f]+|\S*/t/\S*", "~", text)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+|Stack when the timeout .*", "~", text, flags=re.S)
def artifact(task, name):
    value = task[name].data
    if name in ("error", "_exception") and value is not None:
        return [value.type, plain(str(value.exception)), plain(value.stacktrace or "").count("File ")]
    return plain(repr(value))
ELSEWHERE = r"-at$|alloc|nomad-job-id|worker|events|^[0-9a-f]{32}$"
answer = {}
for task in Flow("PooledFlow")[RUN]["work"]:
    answer[str(task.index)] = {
        "artifacts": {one.id: artifact(task, one.id) for one in task if one.id not in ("drawn", "_graph_info")},
        "stdout": plain(task.stdout),
        # Where the launcher's own line stands among the item's is chance: the runtime times it when it reads it.
        "stderr": [line for line in plain(task.stderr).splitlines() if line != "~"],
        "metadata": {k: v for k, v in task.metadata_dict.items() if not re.search(ELSEWHERE, k)},
    }
"""


@pytest.mark.parametrize("env", [{}, {"HERE": "1"}], ids=["nomad", "here"])
def test_a_task_cannot_tell_that_it_runs_in_a_pool(submitter: Callable[..., Any], env: dict[str, str]) -> None:
    by = submitter()
    found = []
    for extra in ((), ("--with", "worker_pool:size=3")):
        result = by.run("pooled", "run", "--max-workers", "5", *extra, env=env).ok()
        found.append(by.client(FACTS.replace("RUN", repr(result.run_id), 1)))
    alone, pooled = found
    assert len(alone) == 21
    for index in alone:
        way = alone[index]["artifacts"].get("way")
        for part in alone[index]:
            assert pooled[index][part] == alone[index][part], f"{way}, {part}"


def test_a_worker_that_is_killed_costs_one_attempt_of_its_item(run_flow: Callable[..., Any]) -> None:
    result = run_flow("pooled_small", "run", env={"ENDS_WORKER": "1,4"}).ok()
    answer = result.by.client(
        f"end = Flow('PooledSmallFlow')['{result.run_id}']['join'].task\n"
        f"verdicts = [t.metadata_dict.get('nomad-outcome') for t in Flow('PooledSmallFlow')['{result.run_id}']['work']]\n"
        "answer = [end['results'].data, end['tries'].data, end['workers'].data, verdicts]"
    )
    assert answer[0] == sorted(10 * item + more for item in range(6) for more in (1, 2))
    assert answer[1] == [0, 0, 0, 0, 1, 1]
    assert answer[3] == ["succeeded"] * 6
    assert "signal 9" in result.output


def test_a_worker_is_replaced_after_its_share(run_flow: Callable[..., Any], cluster: Cluster) -> None:
    result = run_flow("pooled_small", "run", env={"MOST": "2", "COUNT": "5", "SIZE": "auto"}).ok()
    jobs = cluster.jobs(run_id=result.run_id, step_name="work")
    assert 3 <= len(jobs) <= 5
    assert "Worker pool: Nomad has room for" in result.output
    assert all(job["Meta"]["metaflow.task_id"] == "pool" for job in jobs)


def test_a_host_that_is_killed_costs_the_items_that_were_with_workers_an_attempt(
    submitter: Callable[..., Any],
) -> None:
    by = submitter()
    flow = by.start("pooled_small", "run", env={"SECONDS": "3", "COUNT": "3"})
    flow.until(lambda text: text.count("begins") == 2)
    [file] = by.tmp.glob("mfn-*/host.json")
    [host] = [
        int(one.name) for one in Path("/proc").glob("[0-9]*") if runs(one, "metaflow-nomad.mjs", str(file.parent))
    ]
    os.kill(host, signal.SIGKILL)
    result = flow.wait().ok()
    end = f"Flow('PooledSmallFlow')['{result.run_id}']['join'].task"
    answer = by.client(f"answer = [{end}['results'].data, {end}['tries'].data]")
    assert answer == [[1, 2, 11, 12, 21, 22], [0, 1, 1]]


def runs(process: Path, *words: str) -> bool:
    """Whether a process has these words in its command line."""
    try:
        command = (process / "cmdline").read_text(errors="replace")
    except OSError:
        return False
    return all(word in command for word in words) and "client.py" not in command


RESULTS = "answer = [end['results'].data, end['tries'].data]"


def outcome(result: Any, site: str = "raw") -> Any:
    return result.by.client(f"end = Flow('PooledSmallFlow')['{result.run_id}']['join'].task\n{RESULTS}", site=site)


@pytest.mark.parametrize("site", ["docker-shared", "docker"], ids=["shared", "s3"])
def test_docker(run_flow: Callable[..., Any], site: str) -> None:
    result = run_flow("pooled_small", "run", "--max-workers", "4", site=site, env={"COUNT": "2", "EATS": "1"}).ok()
    assert outcome(result, site) == [[1, 2, 11, 12], [0, 1]]
    assert "ran out of memory" in result.output


def test_exec_for_somebody_without_rights(submitter: Callable[..., Any], unprivileged: Any) -> None:
    by = submitter(unprivileged)
    result = by.run("pooled_small", "run", site="exec", env={"COUNT": "2"}).ok()
    assert outcome(result) == [[1, 2, 11, 12], [0, 0]]


def test_the_oldest_nomad_and_resume(submitter: Callable[..., Any], oldest_cluster: Cluster) -> None:
    by = submitter(on=oldest_cluster)
    failed = by.run("pooled_small", "run", env={"COUNT": "2", "ENDS_JOIN": "1"}).failed()
    # The tasks of the pools are copied, none is run again.
    result = by.run("pooled_small", "resume", "--origin-run-id", failed.run_id, env={"COUNT": "2"}).ok()
    assert outcome(result) == [[1, 2, 11, 12], [0, 0]]
    assert oldest_cluster.jobs(run_id=failed.run_id, step_name="inner")
    assert not oldest_cluster.jobs(run_id=result.run_id)


def test_a_node_that_is_drained(submitter: Callable[..., Any], cluster: Cluster) -> None:
    flow = submitter().start("pooled_small", "run", env={"SECONDS": "3", "COUNT": "2"})
    flow.until(lambda text: text.count("begins") == 2)
    node = f"/v1/node/{cluster.node_id}"
    try:
        cluster.api(f"{node}/drain", "POST", {"DrainSpec": {"Deadline": -1, "IgnoreSystemJobs": True}})
        flow.until("is being drained")
    finally:
        cluster.api(f"{node}/drain", "POST", {"DrainSpec": None, "MarkEligible": True})
    assert outcome(flow.wait().ok()) == [[1, 2, 11, 12], [1, 1]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_workers_do_not_outlive_the_run(submitter: Callable[..., Any], cluster: Cluster, number: int) -> None:
    flow = submitter().start("pooled_small", "run", env={"SECONDS": "60", "COUNT": "2"})
    flow.until(lambda text: text.count("begins") == 2)
    flow.signal(number)
    flow.wait()
    until("the workers to end", lambda: not cluster.unfinished(), 20)


@pytest.mark.parametrize("site", ["raw", "docker"], ids=["shared", "s3"])
def test_steps_that_are_alike_share_their_workers(run_flow: Callable[..., Any], site: str) -> None:
    result = run_flow("pooled_chain", "run", site=site).ok()
    answer = result.by.client(
        f"run, answer = Flow('PooledChainFlow')['{result.run_id}'], []\n"
        "for step in ('start', 'second', 'larger', 'end'):\n"
        "    task = run[step].task\n"
        "    facts = task.metadata_dict\n"
        "    answer.append([facts.get('nomad-worker-job-id'), facts.get('nomad-worker-item'), task.stdout.strip().splitlines()[-1]])",
        site=site,
    )
    [worker, *others], items, said = zip(*answer)
    assert worker and others == [worker, None, worker]
    # The second was tried twice, and the larger one has nobody to share with.
    assert items == ("1", "3", None, "4")
    assert said == tuple(f"{step} says so" for step in ("start", "second", "larger", "end"))
