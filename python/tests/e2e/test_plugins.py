"""Plugins for those who have pip alone: `metaflow-nomad plugins add`, by the wheel's own npm, and a run in the wheel's host."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from kit import wheel
from kit.parts import ROOT

NAME = "metaflow-nomad-cost-centre"


@pytest.fixture
def launcher(installed, submitter):
    """The command of the wheel, in the folder of the flows, with nothing on PATH: no Node, no npm."""
    by = submitter()

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": "", "HOME": str(by.home)}
        command = [installed.parent / "metaflow-nomad", *words]
        return subprocess.run(command, cwd=by.flows, env=env, capture_output=True, text=True, timeout=180, check=False)

    return call


def test_a_plugin_added_by_the_wheel_works_in_the_wheel_s_host(launcher, submitter, cluster, tmp_path):
    by = submitter()
    wheel.run(
        ["npm", "pack", "--silent", "--pack-destination", tmp_path],
        "the tarball",
        cwd=ROOT / "examples/feature-cost-centre",
    )
    (tarball,) = tmp_path.glob("*.tgz")
    site = by.sites["raw"]["site"]
    file = by.write("metaflow-nomad.config.yaml", json.dumps({"sites": {"raw": site}}))
    added = launcher("plugins", "add", str(tarball))
    assert added.returncode == 0, added.stderr
    assert f"{NAME}: ok" in added.stdout
    assert f'Name it in {file}: plugins: ["{NAME}"]' in added.stdout
    # The contracts are the wheel's: nothing of that name is beside the plugin.
    assert [path.name for path in (by.flows / "node_modules").iterdir() if path.name[0] != "."] == [NAME]

    def run(site):
        file.write_text(json.dumps({"plugins": [NAME], "sites": {"raw": site}}))
        return by.run("one_step", "run", env={"METAFLOW_NOMAD_CONFIG": str(file)})

    refused = run(site).failed()
    assert "no job may run without a cost centre" in refused.output
    assert cluster.jobs(run_id=refused.run_id) == []
    result = run({**site, "extensions": {"costCentre": "4711"}}).ok()
    (job,) = cluster.jobs(run_id=result.run_id)
    assert job["Meta"]["cost_centre"] == "4711"
    assert NAME in launcher("plugins", "list").stdout


def test_a_package_that_is_not_there_is_told_and_leaves_the_site_file_alone(launcher, submitter):
    by = submitter()
    file = by.write("metaflow-nomad.config.yaml", "sites: { lab: { address: http://127.0.0.1:1 } }\n")
    done = launcher("plugins", "add", "./nowhere.tgz")
    assert done.returncode == 1
    assert f"Plugin {by.flows}/nowhere.tgz could not be loaded" in done.stderr
    assert Path(file).read_text().startswith("sites:")


@pytest.fixture
def looping(submitter):
    """Run a flow with a plugin that does not come back: looping(what it registers, required)."""
    by = submitter()

    def run(registers, required):
        by.write(
            "acme.mjs", f"export const p = {{ name: 'acme', apiVersion: '1', setup(registrar) {{ {registers}; }} }};"
        )
        plugin = {"use": "./acme.mjs", "patienceSeconds": 1, "required": required}
        file = by.write(
            "metaflow-nomad.config.yaml", json.dumps({"plugins": [plugin], "sites": {"raw": by.sites["raw"]["site"]}})
        )
        return by.run("one_step", "run", env={"METAFLOW_NOMAD_CONFIG": str(file)})

    return run


def test_a_run_goes_on_without_a_plugin_that_does_not_come_back_and_may_be_missing(looping):
    """The host ends itself in the midst of a task, and another one does without the plugin."""
    sink = "{ write: function keep() { for (;;); }, end() {}, async [Symbol.asyncDispose]() {} }"
    result = looping(f"registrar.logSink('acme', () => ({sink}))", required=False).ok()
    assert "in start" in result.lines("start")
    assert re.search(
        r"\[nomad\] Plugin ./acme.mjs \(.*\) failed in keep .* The run goes on without it\.", result.output
    )


def test_a_run_stops_for_a_plugin_that_does_not_come_back_and_is_required(looping, cluster):
    rule = "{ name: 'acme', contribute: function rule() { for (;;); } }"
    result = looping(f"registrar.feature({rule})", required=True).failed()
    assert re.search(
        r"Plugin ./acme.mjs \(.*\) failed in rule .*: it has kept the launcher busy for 1 s\.", result.output
    )
    assert cluster.jobs(run_id=result.run_id) == []
