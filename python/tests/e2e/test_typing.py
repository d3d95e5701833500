"""`metaflow develop stubs install`, as a user types it: then editors and type checkers know @nomad."""

import os
import re
import subprocess
import sys

import pytest
from kit import wheel
from kit.flows import FLOWS

TOOLS = ["pip", "build", "mypy"]
INSTALL = "from metaflow.cmd.main_cli import start; start()"


@pytest.fixture(scope="module")
def typed(built_wheel, venvs):
    """Python of an environment with the wheel, mypy, and the stubs that were made there."""
    python = wheel.install(built_wheel, venvs / "typed", wheel.public_python())
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-input"]
    wheel.run([*pip, *TOOLS], "the tools' install")
    env = {"PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": str(venvs)}
    wheel.run([python, "-c", INSTALL, "develop", "stubs", "install"], "the stubs", env=env)
    return python


@pytest.fixture(scope="module")
def mypy(typed, work):
    def check(name, text):
        file = work / f"{name}.py"
        file.write_text(text)
        command = [typed, "-m", "mypy", "--no-incremental", "--no-error-summary", file]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return check


def flow(attributes):
    return (
        "from metaflow import FlowSpec, nomad, step\n\n\n"
        f"class BadFlow(FlowSpec):\n    @nomad({attributes})\n    @step\n    def start(self):\n        pass\n"
    )


def test_a_good_flow_passes(mypy):
    code, said = mypy("typed", (FLOWS / "typed.py").read_text())
    assert (code, said) == (0, "")


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ('cpu="much"', '"cpu"'),
        ("image=3", '"image"'),
        ("memory=[512]", '"memory"'),
        ('constraints="${attr.kernel.name}"', '"constraints"'),
        ("volumes=['data']", '"volumes"'),
        ("imge='x'", '"imge"'),
    ],
)
def test_a_wrong_type_and_an_unknown_attribute_are_found(mypy, attributes, named):
    code, said = mypy("bad", flow(attributes))
    assert code == 1
    assert "bad.py:5: error:" in said
    assert named in said or "No overload variant" in said
    # The good one beside it is not flagged: it is the attribute, not the decorator.
    assert mypy("bad", flow("cpu=500"))[0] == 0


def test_the_stub_documents_every_attribute(typed):
    """What an editor shows: the signature with types and defaults, and the text of each attribute."""
    stub = (wheel.site_packages(typed.parents[1]) / "metaflow-stubs" / "__init__.pyi").read_text()
    start = stub.index("def nomad(")
    line = stub[start : stub.index("\n", start)]
    # Metaflow writes Optional[…] either way.
    types = dict(re.findall(r"(\w+): typing\.(?:Optional\[|Union\[)(.+?)(?:, None)?\] = None", line))
    assert (types["image"], types["cpu"], types["timeout_minutes"]) == ("str", "int", "float")
    assert types["raw"] == "typing.Dict[str, typing.Any]"
    assert len(types) > 45
    assert "CPU share in MHz; 1000 is about one core. Default 256." in stub
