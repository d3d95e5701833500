"""The wheel's command: what needs Metaflow, and what must not wait for its import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from metaflow_nomad.command import needs_no_cluster

PYTHON = Path(__file__).resolve().parents[2]
SAYS = '#!/bin/sh\necho "$@"\n'


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["-h"], ["help", "job"], ["--version"], ["-V"], ["completion", "bash"]], ids=str
)
def test_what_is_about_the_command_line_itself(words):
    assert needs_no_cluster(words)


@pytest.mark.parametrize(
    "words", [["ls"], ["ls", "--help"], ["cost-centre", "--help"], ["exec", "job", "ps", "-h"], ["doctor"]], ids=str
)
def test_what_may_be_about_a_site(words):
    """A command may be that of a plugin, which Metaflow's configuration names; other words may be for the task."""
    assert not needs_no_cluster(words)


def test_help_does_not_import_metaflow(tmp_path):
    node, script = tmp_path / "node", tmp_path / "launcher.mjs"
    node.write_text(SAYS)
    node.chmod(0o755)
    script.touch()
    (tmp_path / "metaflow.py").write_text("raise SystemExit('metaflow was imported')\n")
    ask = "import sys; sys.argv = ['metaflow-nomad', *sys.argv[1:]]; from metaflow_nomad.command import main; main()"
    env = {**os.environ, "METAFLOW_NOMAD_NODE": str(node), "METAFLOW_NOMAD_HOST_JS": str(script)}
    env["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{PYTHON}"

    def said(*words: str) -> str:
        command = [sys.executable, "-c", ask, *words]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip()

    assert said("--help") == f"{script} --help"
    assert said("ls") == "metaflow was imported"
