"""The `metaflow-nomad` command of the wheel: the bundled JavaScript, run by the bundled Node."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Become the launcher's command line."""
    from metaflow_extensions.nomad_ext.plugins.nomad.exceptions import NomadException
    from metaflow_extensions.nomad_ext.plugins.nomad.host_process import javascript, node

    try:
        argv = [node(), javascript(), *sys.argv[1:]]
    except NomadException as error:
        sys.exit(str(error))
    os.execv(argv[0], argv)  # noqa: S606
