"""The package is upgraded while a run goes on: the run goes on with what is on disk now."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from kit import leftovers
from kit.parts import until
from kit.sleepers import Sleepers

BUNDLE = "metaflow-nomad.mjs"


@pytest.fixture
def own_bundle(submitter):
    """A submitter whose launcher lies in a folder of its own, and that folder."""
    by = submitter()
    folder = Path(by.client("import metaflow_nomad\nanswer = metaflow_nomad.__path__[0]"))
    own = by.place / "js"
    shutil.copytree(folder / "js", own)
    return by, own


def host(run: Sleepers) -> int:
    [line] = leftovers.processes(BUNDLE, str(run.by.tmp))
    return int(line.split()[0])


def upgrade(folder: Path) -> None:
    """Put another version in the place of the bundle, as pip does: a new file under the old name."""
    old = folder / BUNDLE
    first, _, rest = old.read_text().partition("\n")
    assert first.startswith("#!")
    new = folder / "new.mjs"
    new.write_text(f'{first}\nprocess.stderr.write("another version\\n");\n{rest}')
    new.rename(old)


def test_upgrade_in_the_middle_of_a_run(own_bundle, cluster):
    """The host that runs is not disturbed; the one after it is the new version, loses no line, and launches new tasks."""
    by, folder = own_bundle
    env = {"METAFLOW_NOMAD_HOST_JS": str(folder / BUNDLE), "ATTEMPTS": "2"}
    run = Sleepers(by, cluster, steps=("raw",), env=env).asleep()
    run.touch("talk")
    run.flow.until(lambda text: text.count("] line ") > 20)
    upgrade(folder)
    seen = run.flow.text().count("] line ")
    run.flow.until(lambda text: text.count("] line ") > seen + 20)
    first = host(run)
    os.kill(first, signal.SIGKILL)
    until("another host", lambda: leftovers.processes(BUNDLE, str(by.tmp)) and host(run) != first)
    seen = run.flow.text().count("] line ")
    run.flow.until(lambda text: text.count("] line ") > seen + 20)
    [log] = by.tmp.glob("mfn-*/host.log")
    assert "another version" in log.read_text()
    [client] = leftovers.processes("client.py", str(by.tmp), "/tasks/raw-")
    os.kill(int(client.split()[0]), signal.SIGKILL)
    until("the second attempt", lambda: run.marks(1)["raw"] == ["ran"])
    run.touch("release")
    lines = [line for line in run.flow.wait().ok().lines("raw") if line.startswith("line ")]
    assert len(lines) > 60
    assert run.marks(1) == {"raw": ["ran", "released"]}


def test_upgrade_to_a_version_that_speaks_otherwise(own_bundle, cluster):
    """It cannot go on with the run, and says so; its job is swept, as that of any run that is dead."""
    by, folder = own_bundle
    run = Sleepers(by, cluster, steps=("raw",), env={"METAFLOW_NOMAD_HOST_JS": str(folder / BUNDLE)}).asleep()
    [facts] = by.tmp.glob("mfn-*/run.json")
    facts.write_text(json.dumps({**json.loads(facts.read_text()), "version": 2}))
    os.kill(host(run), signal.SIGKILL)
    said = "\n".join(run.flow.wait().failed().lines("raw"))
    assert "NOMAD_E_HOST_VERSION: This run speaks version 2 of the launch host's protocol" in said, said
    gc = by.popen([str(by.python.parent / "metaflow-nomad"), "gc"], by.env("raw"))
    assert f"Stopped {run.job('raw')['ID']} on " in gc.communicate(timeout=60)[0]
