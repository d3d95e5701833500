"""What the Nomad extension adds to Metaflow."""

import importlib.util

STEP_DECORATORS_DESC = [
    ("nomad", ".nomad.nomad_decorator.NomadDecorator"),
    ("worker_pool", ".nomad.worker_pool_decorator.WorkerPoolDecorator"),
]

_CLI = [("nomad", ".nomad.nomad_cli.cli")]
# Metaflow learned to tell compute backends' commands from others together with its system context.
if importlib.util.find_spec("metaflow.system_context"):
    TRAMPOLINE_CLIS_DESC = _CLI
else:
    CLIS_DESC = _CLI
