"""GPUs through the whole of Metaflow, on a device plugin that reserves them as NVIDIA's and AMD's do."""

from __future__ import annotations

import re

import pytest
from kit.parts import start_agent


@pytest.fixture(scope="module")
def gpus(shared, cluster, clusters):
    """An agent with two H100, one Tesla T4 and one MI300X, none of which is there."""
    parts, agent = start_agent(shared, cluster.version, exec=False, docker=False, fakeGpus=True)
    clusters.append(agent)
    yield agent
    clusters.remove(agent)
    parts.stop()


def test_a_step_sees_the_devices_it_asked_for_and_waits_for_one_in_use(submitter, gpus):
    by = submitter(on=gpus)
    hold = by.place / "go-on"
    flow = by.start("gpus", "run", "--with", "nomad", "--hold", str(hold))
    flow.until("waits for a node: 1 x amd/gpu not free on 1 node.")
    said = flow.until("has GPU-MI300X-0")
    assert said.count("has GPU-MI300X-0") == 1
    hold.touch()
    result = flow.wait().ok()
    assert result.output.count("has GPU-MI300X-0") == 2
    one, two, none = by.client(
        f"data = Flow('GpusFlow')['{result.run_id}'].data\nanswer = [data.one, data.two, data.none]"
    )
    assert re.fullmatch(r"GPU-(H100-[01]|Tesla-T4-0)", one["NVIDIA_VISIBLE_DEVICES"])
    assert sorted(two["NVIDIA_VISIBLE_DEVICES"].split(",")) == ["GPU-H100-0", "GPU-H100-1"]
    assert (list(one), list(two), none) == (["NVIDIA_VISIBLE_DEVICES"], ["NVIDIA_VISIBLE_DEVICES"], {})
    (job,) = gpus.jobs(run_id=result.run_id, step_name="start")
    (device,) = job["TaskGroups"][0]["Tasks"][0]["Resources"]["Devices"]
    assert (device["Name"], device["Count"]) == ("nvidia/gpu", 1)


def test_more_devices_than_any_node_has_are_told_in_a_sentence(submitter, gpus):
    by = submitter(on=gpus)
    by.sites["raw"]["site"]["placementTimeoutMinutes"] = 0.02
    result = by.run("gpus", "run", "--with", "nomad", env={"PAIR": "nvidia/gpu/H100:3"}).failed()
    lacks = "1 node lacks 3 x nvidia/gpu/H100"
    assert f"[nomad] Step pair: at this moment no node could take it: {lacks}." in result.output
    assert f"No node can run the task: {lacks}. It asks for driver raw_exec" in result.output
    assert "Ask for less, or for other nodes; `nomad node status` shows those there are." in result.output
