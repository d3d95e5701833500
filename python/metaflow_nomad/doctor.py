"""What only Python knows for `metaflow-nomad doctor`: the submitter, and Metaflow's datastore."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

from .storage import Sample, try_datastore


def run(argv: list[str], caller: dict[str, object], probe: bool) -> int:
    """Try the datastore from here, then run the doctor; what was put into the datastore is removed at the end."""
    from metaflow.metaflow_config import DEFAULT_DATASTORE

    from .command import CALLER

    kind, root = DEFAULT_DATASTORE, _root(DEFAULT_DATASTORE)
    if kind == "local":
        return _wait(argv, {CALLER: json.dumps({**caller, "submitter": _submitter(kind, root, [], None)})})
    sample, findings = try_datastore(kind, root)
    try:
        submitter = _submitter(kind, root, findings, sample if probe else None)
        return _wait(argv, {CALLER: json.dumps({**caller, "submitter": submitter})})
    finally:
        if sample:
            _remove(sample)


def _root(kind: str) -> str:
    from metaflow.plugins import DATASTORES

    storage = next(one for one in DATASTORES if kind == one.TYPE)
    root = storage.get_datastore_root_from_config(lambda *_: None, create_on_absent=False)
    if kind != "local":
        return str(root or "")
    # Where Metaflow would make one.
    return os.path.abspath(root or ".metaflow")


def _submitter(kind: str, root: str, findings: list[dict[str, str]], sample: Sample | None) -> dict[str, Any]:
    from metaflow_extensions.nomad_ext.plugins.nomad import template

    found = {
        "python": "{}.{}".format(*sys.version_info[:2]),
        "interpreter": sys.executable,
        "image": template.default_image(),
        "user": template.submitter(),
        "numbers": template.submitter_numbers(),
    }
    datastore = {"type": kind, "root": root, "findings": findings, "fetch": _fetch(kind, sample) if sample else None}
    described = {**found, "datastore": {name: value for name, value in datastore.items() if value is not None}}
    return {name: value for name, value in described.items() if value is not None}


def _fetch(kind: str, sample: Sample) -> dict[str, Any]:
    """Return how a step fetches its code package, with the sample in the package's place."""
    from metaflow.metaflow_config import DEFAULT_METADATA
    from metaflow.metaflow_environment import MetaflowEnvironment

    from metaflow_extensions.nomad_ext.plugins.nomad import script_words, task_env

    environment = MetaflowEnvironment(None)
    return {
        "install": script_words.unquote([environment._get_install_dependencies_cmd(kind)]),
        "download": script_words.unquote([environment._get_download_code_package_cmd(sample.url, kind)]),
        "env": task_env.metaflow_env(kind, DEFAULT_METADATA),
        "secretEnv": task_env.secret_env(kind),
    }


def _remove(sample: Sample) -> None:
    try:
        sample.remove()
    except Exception as error:  # a store that forbids it is no reason for a stack trace
        print(f"{sample.url} could not be deleted: {type(error).__name__}. Delete it yourself.", file=sys.stderr)


def _wait(argv: list[str], env: dict[str, str]) -> int:
    """Run the launcher to its end; a terminal's Ctrl-C reaches it by itself, other signals are handed on."""
    process = subprocess.Popen(argv, env={**os.environ, **env})
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: process.send_signal(number))
    code = process.wait()
    return code if code >= 0 else 128 - code
