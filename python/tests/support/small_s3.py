"""An S3 server in this process that knows objects and nothing else."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

META = "x-amz-meta-"


class SmallS3:
    """Objects by `bucket/key`: their content and their metadata. `denied`: keys that nobody may read or write."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.denied: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def env(self) -> dict[str, str]:
        """What a process of Metaflow's needs to use it."""
        return {
            "METAFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "METAFLOW_S3_RETRY_COUNT": "0",
            "METAFLOW_S3_TRANSIENT_RETRY_COUNT": "0",
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                key = self._key()
                if key in store.denied:
                    self._error(403, "AccessDenied")
                elif key not in store.objects:
                    self._error(404, "NoSuchKey")
                else:
                    body, metadata = store.objects[key]
                    self._answer(200, body, {META + name: value for name, value in metadata.items()})

            do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

            def do_PUT(self) -> None:
                body, key = self.rfile.read(int(self.headers["Content-Length"])), self._key()
                if key in store.denied:
                    self._error(403, "AccessDenied")
                    return
                names = [name for name in self.headers if name.lower().startswith(META)]
                store.objects[key] = body, {name[len(META) :].lower(): str(self.headers[name]) for name in names}
                self._answer(200, b"", {})

            def _key(self) -> str:
                key = self.path.split("?")[0].lstrip("/")
                store.requests.append((self.command, key))
                return key

            def _error(self, status: int, code: str) -> None:
                self._answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode(), {})

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                own = {
                    "Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT",
                    "ETag": '"e"',
                    "Content-Length": str(len(body)),
                }
                for name, value in {**own, **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler
