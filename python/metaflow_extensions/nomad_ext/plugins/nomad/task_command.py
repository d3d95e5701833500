"""What a task runs, and as whom: Nomad's argv and user for one attempt."""

from __future__ import annotations

import sys
from typing import Any

from . import become, fetch, shared_script, store_script, template
from .script_words import Bootstrap, package_exports
from .step_command import StepCommand


def argv(run: Any, step: str, site: dict[str, Any], command: StepCommand, bootstrap: Bootstrap) -> list[str]:
    """Return the words of the task's command: a shell and its script."""
    python = site.get("python")
    if not run.shared_root:
        return ["bash", "-c", store_script.script(bootstrap, python or "python", command)]
    exports = package_exports(run.package, run.saved.metadata)
    if bootstrap.made:
        exports["PYTHONNOUSERSITE"] = "1"
    pythons = [python] if python else pythons_of(site)
    script = shared_script.script(run.shared_root, str(run.unpacked), exports, pythons, bootstrap, command)
    words = ["bash" if bootstrap.environment else "sh", "-c", script]
    numbers = _becomes(site)
    return become.command(numbers, pythons, words) if numbers else words


def user(site: dict[str, Any]) -> str | None:
    """Return whom to run as on shared storage: Metaflow's files are readable for their owner only."""
    if site.get("nodeUsers"):
        return template.submitter()
    return "0:0" if _becomes(site) else None


def _becomes(site: dict[str, Any]) -> str | None:
    """Return as whose `uid:gid` a container's task goes on: an image does not know the submitter's name."""
    return template.submitter_numbers() if site.get("becomes") else None


def bootstrap_of(run: Any, step: str, site: dict[str, Any], where: fetch.Store | None) -> Bootstrap:
    """Return what Metaflow's environment wants done in the task before the step; `where` is an object store."""
    environment, kind = run.environment, run.datastore.TYPE
    commands = environment.bootstrap_commands(step, kind)
    if not where and commands and hasattr(environment, "interpreter"):
        # Metaflow keeps the packages of @conda and @pypi in object stores only: a task could not make the environment.
        return Bootstrap([], "", [], "", environment.interpreter(step))
    own = Bootstrap([], "", commands, environment.executable(step, site.get("python")))
    if not where:
        return own
    url, sha256 = run.carried
    download = environment._get_download_code_package_cmd(url, kind)
    return own._replace(
        package=environment.get_package_commands(url, kind, run.saved.metadata),
        install=environment._get_install_dependencies_cmd(kind),
        download=download,
        fetch=fetch.fetch_phase(download, where, sha256),
    )


def pythons_of(site: dict[str, Any]) -> list[str]:
    """Return the interpreters to look for on the node, best first."""
    if site.get("image"):
        return ["python", "python3"]
    # On a node that sees the submitter's files, the submitter's own interpreter reads its pickles and has its packages.
    own = [sys.executable] if site.get("filesystem") == "host" else []
    return [*own, "python3", "python"]
