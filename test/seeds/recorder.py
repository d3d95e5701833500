"""A proxy in front of Nomad that notes every call: what is not in its list was not asked of Nomad."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Recorder:
    """Calls as (method, path, token)."""

    def __init__(self, address: str):
        self.calls: list[tuple[str, str, str | None]] = []
        recorder, target = self, urlsplit(address).netloc

        class Handler(BaseHTTPRequestHandler):
            def forward(self) -> None:
                recorder.calls.append((self.command, self.path.partition("?")[0], self.headers["X-Nomad-Token"]))
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                # Without ACLs, Nomad refuses nothing but a token that is none; it is only the header that counts here.
                headers = {name: value for name, value in self.headers.items() if name.lower() != "x-nomad-token"}
                upstream = http.client.HTTPConnection(target)
                upstream.request(self.command, self.path, body, headers)
                self.answer(upstream.getresponse())
                upstream.close()

            do_GET = do_PUT = do_POST = do_DELETE = forward  # noqa: N815

            def answer(self, reply: http.client.HTTPResponse) -> None:
                self.send_response(reply.status)
                for name, value in reply.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                self.end_headers()  # HTTP/1.0: the end of the connection ends the body, streams too
                try:
                    while part := reply.read1(65536):
                        self.wfile.write(part)
                        self.wfile.flush()
                except (OSError, http.client.HTTPException):
                    pass

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
