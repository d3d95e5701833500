"""What a flow is made with: Config, IncludeFile, mutators, hooks, and the programming interfaces that start it."""

import json

import pytest
from kit.parts import IMAGE

ODD = "a $b ${c} \" ' ü"
SETTINGS = {
    "image": IMAGE,
    "cpu": 310,
    "memory": 150,
    "text": ODD,
    "meta": {"team": "a,b=c"},
    "given": {"driver": "raw_exec", "cpu": 320, "env": {"ODD": ODD}, "timeout_minutes": 5},
    "remote": ["by_flow"],
    "added": {
        "driver": "raw_exec",
        "cpu": 330,
        "constraints": [{"attribute": "${attr.kernel.name}", "operator": "=", "value": "linux"}],
    },
}


def test_config_mutators_and_a_hook(submitter, cluster):
    by = submitter()
    by.write("settings.json", json.dumps(SETTINGS))
    by.write("note.txt", "a note\n" + ODD)
    # Only the image of the config exists.
    env = {"METAFLOW_NOMAD_DEFAULT_IMAGE": "no-such-image:1"}
    options = ["--config", "settings", "settings.json"]
    result = by.run("set_up", *options, "run", site="docker-shared", env=env).ok()
    assert by.client(f"answer = Flow('SetUpFlow')['{result.run_id}'].data.seen") == {
        "note": "a note\n" + ODD,
        "setting": ODD,
    }
    jobs = {job["Meta"]["metaflow.step_name"]: job for job in cluster.jobs(run_id=result.run_id)}
    resources = {step: job["TaskGroups"][0]["Tasks"][0]["Resources"] for step, job in jobs.items()}
    assert {step: (asked["CPU"], asked["MemoryMB"]) for step, asked in resources.items()} == {
        "start": (310, 300),
        "unpacked": (320, 512),
        "by_step": (410, 512),
        "by_flow": (330, 512),
    }
    assert (jobs["start"]["Meta"]["team"], jobs["by_step"]["Meta"]["by"]) == ("a,b=c", "a step's mutator")
    assert jobs["start"]["TaskGroups"][0]["Tasks"][0]["Config"]["image"] == IMAGE
    assert f"the hook saw {result.run_id} on Nomad: None" in result.output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cpu": "lots"}, "Step start: @nomad(cpu='lots'): it is a whole number of MHz."),
        ({"given": {"cpus": 1}}, "@nomad has no attribute 'cpus'. Did you mean cpu?"),
    ],
)
def test_a_config_value_that_cannot_be(submitter, wrong, said):
    """What a config says is checked as if it stood in the decorator: one sentence, and no run."""
    by = submitter()
    by.write("note.txt", "")
    by.write("settings.json", json.dumps({**SETTINGS, **wrong}))
    result = by.run("set_up", "--config", "settings", "settings.json", "run").failed()
    assert said in result.output
    assert "Traceback" not in result.output
    assert result.run_id == ""


def test_no_deployer(submitter):
    """A flow cannot be left to run on Nomad by itself; Metaflow's own message says so, and docs/companions.md."""
    by = submitter()
    by.start("plain", "check").wait().ok()
    found = by.client(
        "try:\n    answer = str(Deployer('plain.py').nomad())\nexcept AttributeError as error:\n    answer = str(error)"
    )
    assert found == "'Deployer' object has no attribute 'nomad'"
