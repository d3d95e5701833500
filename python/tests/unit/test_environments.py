"""The commands that make a step's environment, held against those that @kubernetes runs in its pod."""

import shlex
import types

import pytest
from metaflow import FlowSpec, conda, pypi, step
from metaflow.plugins.kubernetes.kubernetes import Kubernetes
from metaflow.plugins.pypi.conda_environment import CondaEnvironment
from metaflow.plugins.uv.uv_environment import UVEnvironment

from metaflow_extensions.nomad_ext.plugins.nomad import store_script
from metaflow_extensions.nomad_ext.plugins.nomad.script_words import Bootstrap
from metaflow_extensions.nomad_ext.plugins.nomad.step_command import StepCommand

URL, METADATA = "s3://bucket/data/ab/abcd", '{"version": 0, "archive_format": "tgz", "mfcontent_version": 1}'
STEP = "flow.py --datastore s3 step work --run-id 17"


class MadeFlow(FlowSpec):
    @pypi(packages={"iniconfig": "2.0.0"}, python="3.11.2")
    @conda
    @step
    def start(self):
        self.next(self.work)

    @conda(packages={"numpy": "2.0.0"}, python="3.11.2")
    @step
    def work(self):
        self.next(self.end)

    @conda(disabled=True)
    @step
    def end(self):
        pass


@pytest.fixture(params=["conda", "uv"])
def environment(request, monkeypatch):
    monkeypatch.setattr("metaflow.metaflow_config.CONDA_PACKAGE_S3ROOT", "s3://bucket/conda")
    if request.param == "uv":
        return UVEnvironment(MadeFlow)
    found = CondaEnvironment(MadeFlow(use_cli=False))
    found.datastore_type, found.datastore, found.logger = "s3", types.SimpleNamespace(TYPE="s3"), print
    return found


def kubernetes_words(environment, name):
    """What runs in the pod, without Metaflow's collection of logs around it."""
    cli = [f"{environment.executable(name)} -u {STEP}"]
    pod = Kubernetes(types.SimpleNamespace(TYPE="s3"), None, environment)
    pod._step_name = name
    *_, script = pod._command("MadeFlow", "17", name, "3", 0, METADATA, URL, cli)
    return script


@pytest.mark.parametrize("name", ["start", "work", "end"])
def test_the_commands_are_those_of_kubernetes(environment, name):
    package = environment.get_package_commands(URL, "s3", METADATA)
    bootstrap = Bootstrap(
        package,
        environment._get_install_dependencies_cmd("s3"),
        environment.bootstrap_commands(name, "s3"),
        environment.executable(name),
    )
    ours = store_script.script(bootstrap, "python", StepCommand(STEP, [], {}))
    theirs = kubernetes_words(environment, name)
    # Metaflow writes them for a double-quoted word. Ours stand in braces, each by itself.
    commands = shlex.split(f'"{" && ".join(bootstrap.environment)}"')[0] if bootstrap.environment else ""
    assert commands in theirs
    assert commands in ours.replace("{ ", "").replace("; }", "")
    assert bool(commands) == (name != "end" or environment.TYPE == "uv")
    assert f"{environment.executable(name)} -u {STEP}" in theirs
    assert f"exec {environment.executable(name)} -u {STEP}" in ours
