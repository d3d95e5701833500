"""The `metaflow-nomad` command of the wheel: the bundled JavaScript, run by the bundled Node."""

from __future__ import annotations

import json
import os
import sys

from . import bundled

CALLER = "METAFLOW_NOMAD_CALLER"
"""Variable by which the JavaScript learns what only Python knows."""


def main() -> None:
    """Become the launcher's command line."""
    words = sys.argv[1:]
    if needs_no_cluster(words):
        become_at_once(words)
    examines = words[:1] == ["doctor"] and not {"-h", "--help"} & set(words)
    if examines:
        # A store that does not answer is to be told within a minute; read when Metaflow is imported.
        for name in ("METAFLOW_S3_RETRY_COUNT", "METAFLOW_S3_TRANSIENT_RETRY_COUNT"):
            os.environ.setdefault(name, "0")
        os.environ.setdefault("METAFLOW_S3_CLIENT_RETRY_CONFIG", '{"max_attempts": 2, "mode": "standard"}')
    # First: it imports our extension itself, and fails where it finds that half imported already.
    import metaflow  # noqa: F401
    from metaflow.exception import MetaflowException

    from metaflow_extensions.nomad_ext.plugins.nomad.host_process import javascript, node

    try:
        argv = [node(), javascript(), *words]
        caller = hand_on_configuration()
        if examines:
            from . import doctor

            sys.exit(doctor.run(argv, caller, probe="--probe" in words))
    except MetaflowException as error:
        sys.exit(str(error))
    os.environ[CALLER] = json.dumps(caller)
    os.execv(argv[0], argv)  # noqa: S606


def needs_no_cluster(words: list[str]) -> bool:
    """Whether these only ask about the command line itself: then no configuration of Metaflow's is needed."""
    return not words or words[0] in ("-h", "--help", "help", "-V", "--version", "completion")


def become_at_once(words: list[str]) -> None:
    """Become the JavaScript that came with the wheel; returns where the usual way must look for it."""
    found = os.environ.get("METAFLOW_NOMAD_NODE") or bundled.node()
    script = os.environ.get("METAFLOW_NOMAD_HOST_JS") or bundled.javascript()
    if found and os.path.isfile(script):
        os.execv(found, [found, script, *words])  # noqa: S606


def hand_on_configuration() -> dict[str, object]:
    """Put METAFLOW_NOMAD_* of Metaflow's own configuration into the environment; say which, and of which file."""
    import metaflow.metaflow_config_funcs as config

    from metaflow_extensions.nomad_ext.plugins.nomad.merge import conf_values

    prefix = "METAFLOW_NOMAD_"
    found = {name: value for name, value in conf_values().items() if prefix + name not in os.environ}
    os.environ.update({prefix + name: value for name, value in found.items()})
    if not found:
        return {}
    local = config.METAFLOW_LOCAL_CONFIG or {}
    file = "Metaflow's configuration" if any(prefix + name in local for name in found) else _config_file()
    return {"metaflow": {"file": file, "names": sorted(found)}}


def _config_file() -> str:
    """Where Metaflow keeps its configuration, as its own init_config has it."""
    home = os.path.expanduser(os.environ.get("METAFLOW_HOME", "~/.metaflowconfig"))
    profile = os.environ.get("METAFLOW_PROFILE")
    return os.path.join(home, f"config_{profile}.json" if profile else "config.json")
