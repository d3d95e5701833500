"""A metadata service: the real application of metaflow-local-service, with a door that wants a key and a visitors' book."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from . import wheel

_PACKAGES = ["metaflow-local-service==0.2.0"]
_PROGRAM = """
import json, socket, sys
import uvicorn
from fastapi.responses import JSONResponse
from metaflow_local_service.server import create_app

root, book, key = sys.argv[1:]
app = create_app(root)

@app.middleware("http")
async def door(request, go_on):
    welcome = request.headers.get("x-api-key") == key
    with open(book, "a") as file:
        visit = [request.headers["host"].split(":")[0], request.method, request.url.path, welcome]
        file.write(json.dumps(visit) + "\\n")
    return await go_on(request) if welcome else JSONResponse({"message": "no"}, 403)

door_socket = socket.create_server(("127.0.0.1", 0))
print(door_socket.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[door_socket])
"""


class Service:
    """A running metadata service. `localhost` is where submitters ask, `127.0.0.1` where tasks do."""

    def __init__(self, folder: Path, key: str):
        self._book = folder / "visits"
        self._book.touch()
        python = wheel.environment(wheel.public_python(), _PACKAGES) / "bin" / "python"
        self._process = subprocess.Popen(
            [str(python), "-c", _PROGRAM, str(folder), str(self._book), key],
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def env(self, key: str) -> dict[str, str]:
        """What a submitter has in the environment."""
        return {
            "METAFLOW_DEFAULT_METADATA": "service",
            "METAFLOW_SERVICE_URL": f"http://localhost:{self.port}",
            "METAFLOW_SERVICE_INTERNAL_URL": f"http://127.0.0.1:{self.port}",
            "METAFLOW_SERVICE_HEADERS": json.dumps({"x-api-key": key}),
        }

    def visits(self) -> list[list[Any]]:
        """Who came: host as it was called, method, path, and whether it had the key."""
        return [json.loads(line) for line in self._book.read_text().splitlines()]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
