"""What a worker of a pool runs, and what the request of each of its items says."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from pathlib import Path
from typing import Any

from .names import clean
from .step_command import StepCommand, item_words, top_words
from .worker_pool_decorator import Pool

SETTINGS = "METAFLOW_NOMAD_POOL"
"""As `worker/run_flow.py` has it, which must not import this."""

_ANY_STEP = "start"
"""Every flow has one of that name."""

# Our own package must not be imported before Metaflow, which imports it itself: the worker's part has its own name.
_BOOTSTRAP = """
import os, sys, types
places = (os.path.join(folder, "metaflow_extensions/nomad_ext/plugins/nomad/worker") for folder in sys.path)
package = sys.modules["nomad_worker"] = types.ModuleType("nomad_worker")
package.__path__ = [place for place in places if os.path.isdir(place)][:1]
from nomad_worker.run_flow import main
main(sys.argv[1:])
""".strip()


def worker_command(cli_args: Any, flow_file: str) -> StepCommand:
    """Compose the command of a worker: all that its tasks have in common. Of which step they are, each says itself."""
    words = [flow_file, *top_words(cli_args), *cli_args.commands, _ANY_STEP]
    return StepCommand(f"-c {shlex.quote(_BOOTSTRAP)} {' '.join(map(shlex.quote, words))}", [], {})


def item(cli_args: Any, pool_file: Path) -> dict[str, Any]:
    """Return what the request of one item says about its pool."""
    return {"file": str(pool_file), "words": [*cli_args.command_args, *item_words(cli_args)]}


def shape(pool: Pool, launch: dict[str, Any], connection: Any) -> str:
    """Return what steps whose tasks may run on the same workers have in common."""
    meta = {name: value for name, value in launch["meta"].items() if name != "metaflow.step_name"}
    return json.dumps([pool, {**launch, "jobId": "", "meta": meta}, connection], sort_keys=True)


def write_pool(rundir: Path, step: str, pool: Pool, launch: dict[str, Any], connection: Any) -> Path:
    """Write the pool's file, once; `step` is the first that uses it."""
    found = {
        "version": 1,
        "step": step,
        "size": pool.size,
        "idleSeconds": pool.idle_seconds,
        "launch": {**launch, "env": {**launch["env"], SETTINGS: json.dumps({"idleSeconds": pool.idle_seconds})}},
        **({"maxItems": pool.max_items} if pool.max_items else {}),
        **({"connection": connection} if connection else {}),
    }
    text = json.dumps(found, sort_keys=True)
    folder = rundir / "pools"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{clean(step, 60)}-{hashlib.sha256(text.encode()).hexdigest()[:10]}.json"
    if not path.exists():
        work = path.with_suffix(".new")
        with os.fdopen(os.open(work, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        work.rename(path)
    return path
