"""The `metaflow-nomad` command of the wheel: the bundled JavaScript, run by the bundled Node."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Become the launcher's command line."""
    # First: it imports our extension itself, and fails where it finds that half imported already.
    import metaflow  # noqa: F401

    from metaflow_extensions.nomad_ext.plugins.nomad.exceptions import NomadException
    from metaflow_extensions.nomad_ext.plugins.nomad.host_process import javascript, node

    try:
        argv = [node(), javascript(), *sys.argv[1:]]
    except NomadException as error:
        sys.exit(str(error))
    os.execv(argv[0], argv)  # noqa: S606
