"""`@worker_pool` on the submitter's own machine: a fork server for each kind of task, a stand-in for each task."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable

from . import host_process
from .pool_command import SETTINGS
from .step_command import item_words
from .worker_pool_decorator import Pool

_BACKLOG = 1024
_FAREWELL_SECONDS = 5.0


class LocalPool:
    """The fork servers of one step."""

    def __init__(self, pool: Pool, size: int):
        self._pool, self._size = pool, size
        self._servers: dict[tuple[str, ...], tuple[subprocess.Popen[bytes], Path]] = {}

    def argv(self, cli_args: Any, original: Callable[[], list[str]]) -> list[str]:
        """Return the command line of the task's stand-in, or the task's own where the step runs elsewhere."""
        command = [str(word) for word in original()]
        entry = list(cli_args.entrypoint)
        if cli_args.commands != ["step"] or not entry[-1].endswith(".py"):
            return command
        count = len(item_words(cli_args))
        head = command[: len(command) - count]
        env = {**os.environ, **cli_args.get_env(), "PYTHONUNBUFFERED": "x"}
        try:
            path = self._server(len(entry) - 1, head, env)
        except OSError:
            # No room for the socket's path, no memory for a process: a task by itself says it better.
            return command
        client = str(host_process.installed_dir() / "pool_client.py")
        return [sys.executable, "-I", "-S", client, str(path), str(count), *command]

    def close(self) -> None:
        """End the servers, and what still runs in them."""
        for server, path in self._servers.values():
            with contextlib.suppress(OSError):
                server.stdin.close()  # type: ignore[union-attr]
            try:
                server.wait(_FAREWELL_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            shutil.rmtree(path.parent, ignore_errors=True)
        self._servers.clear()

    def _server(self, at: int, head: list[str], env: dict[str, str]) -> Path:
        """Return where the server of tasks of this kind listens; started by whoever finds none, or one that ended."""
        key = tuple(head)
        found = self._servers.get(key)
        if found is None or found[0].poll() is not None:
            if found:
                shutil.rmtree(found[1].parent, ignore_errors=True)
            self._servers[key] = found = self._start(at, head, env)
        return found[1]

    def _start(self, at: int, head: list[str], env: dict[str, str]) -> tuple[subprocess.Popen[bytes], Path]:
        # It listens before the server does anything: stand-ins that come early wait.
        path = Path(tempfile.mkdtemp(prefix="mfp-")) / "socket"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            try:
                listener.bind(str(path))
            except OSError:
                path.parent.rmdir()
                raise
            listener.listen(_BACKLOG)
            number = listener.fileno()
            settings = {"listener": number, "size": self._size, "idleSeconds": self._pool.idle_seconds}
            server = subprocess.Popen(
                [*head[:at], "-c", _bootstrap(), *head[at:]],
                env={**env, SETTINGS: json.dumps(settings)},
                pass_fds=[number],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # What a terminal sends to all processes of the run is for the stand-ins.
                start_new_session=True,
            )
        return server, path


def _bootstrap() -> str:
    """As `pool_command` has it, for a package that is known to be here."""
    worker = str(Path(__file__).with_name("worker"))
    lines = [
        "import sys, types",
        'package = sys.modules["nomad_worker"] = types.ModuleType("nomad_worker")',
        f"package.__path__ = [{worker!r}]",
        "from nomad_worker.run_flow import main",
        "main(sys.argv[1:])",
    ]
    return "\n".join(lines)
