"""The pieces of the user's documents that stand here, and what it takes to run them as written."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kit import wheel
from kit.parts import IMAGE, NODE, ROOT, until

HERE = Path(__file__).resolve().parent
FLOWS = HERE / "flows"
QUICK = "http://localhost:4646"


def piece(name: str) -> str:
    """Text of a document, byte for byte."""
    return (HERE / name).read_text()


def command(name: str, **placeholders: str) -> str:
    """A command of a document, with its placeholders filled in."""
    text = piece(name).strip()
    for placeholder, value in placeholders.items():
        found = (
            text.replace(f"<{placeholder}>", value) if f"<{placeholder}>" in text else text.replace(placeholder, value)
        )
        assert found != text, f"{name} has no {placeholder}: {text}"
        text = found
    return text


def options_of(name: str) -> list[str]:
    """The options that a list of a document names, e.g. `--user TEXT`."""
    return re.findall(r"^\*   `(--[^`]+)`", piece(name), re.MULTILINE)


def shell(line: str, folder: Path, env: dict[str, str], seconds: float = 120) -> str:
    """Run a command line as one types it; fails unless it succeeds. Returns both streams."""
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    done = subprocess.run(["sh", "-c", line], cwd=folder, env=env, timeout=seconds, check=False, **options)
    assert done.returncode == 0, f"{line}: exit code {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout + done.stderr


@contextmanager
def tagged(*tags: str) -> Iterator[None]:
    """The test image under other names, for no image can be pulled in a test."""
    for tag in tags:
        subprocess.run(["docker", "tag", IMAGE, tag], check=True)
    try:
        yield
    finally:
        subprocess.run(["docker", "rmi", "--no-prune", *tags], capture_output=True, check=False)


@contextmanager
def quick_agent(line: str, nomad: str, folder: Path) -> Iterator[str]:
    """The dev agent of the document, by its own command; it takes Nomad's own ports, so there is one at a time."""
    env = {"PATH": f"{Path(nomad).parent}:{os.environ['PATH']}", "HOME": str(folder), "TMPDIR": str(folder)}
    with _one_at_a_time("port-4646"), (folder / "agent.log").open("w") as log:
        agent = subprocess.Popen(["sh", "-c", f"exec {line}"], cwd=folder, env=env, stdout=log, stderr=log)
        try:
            until("a dev agent", lambda: agent.poll() is not None or _docker_is_ready(), 60)
            assert agent.poll() is None, (folder / "agent.log").read_text()[-4000:]
            yield QUICK
        finally:
            agent.send_signal(signal.SIGINT)
            agent.wait(60)


def ask(path: str) -> Any:
    """Answer of the dev agent."""
    with urllib.request.urlopen(QUICK + path, timeout=30) as reply:
        return json.load(reply)


def jobs_of(run_id: str) -> dict[str, dict[str, Any]]:
    """Jobs of a run on the dev agent, by their steps."""
    stubs = [stub for stub in ask("/v1/jobs?meta=true") if (stub.get("Meta") or {}).get("metaflow.run_id") == run_id]
    return {stub["Meta"]["metaflow.step_name"]: ask(f"/v1/job/{stub['ID']}") for stub in stubs}


def clone(folder: Path) -> Path:
    """This tree as a clone would be, but for what npm installs: that is linked, to save its time."""
    target = folder / "metaflow-nomad"
    listed = wheel.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], "git", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    (target / "node_modules").symlink_to(Path(NODE).parents[1].resolve())
    return target


def numpy_folder(minor: str) -> Path:
    """Numpy for a Python, downloaded once."""
    folder = wheel.cache() / f"numpy-py{minor}"
    with _one_at_a_time("numpy"):
        if not (folder / "numpy").is_dir():
            pip = [
                "python3",
                "-m",
                "pip",
                "install",
                "-q",
                "--no-deps",
                "--only-binary=:all:",
                f"--python-version={minor}",
            ]
            wheel.run([*pip, "--target", folder, "numpy"], "numpy's download")
    return folder


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    with (wheel.cache() / f"seeds-{name}.flock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _docker_is_ready() -> bool:
    try:
        [node] = ask("/v1/nodes")
    except (OSError, ValueError):
        return False
    return bool(node["Status"] == "ready" and node["Drivers"].get("docker", {}).get("Healthy"))
