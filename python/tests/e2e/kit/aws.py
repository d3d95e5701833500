"""The two calls of AWS that Metaflow's provider of secrets makes, and a record of who made them."""

from __future__ import annotations

import http.server
import json
import re
import threading
from urllib.parse import parse_qs

ROLE_KEY = "ASIAOFTHEROLE"
_ASSUMED = f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{ROLE_KEY}</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>y</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


class Aws(http.server.ThreadingHTTPServer):
    """A server with one secret; `asked` says with which key, what, of what."""

    def __init__(self, secret: dict[str, str]):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[list[str]] = []
        self.secret = json.dumps({"Name": "a secret", "SecretString": json.dumps(secret)})
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Aws

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        action = self.headers.get("x-amz-target", "").rpartition(".")[2]
        what = json.loads(body)["SecretId"] if action else parse_qs(body)["RoleArn"][0]
        signed = re.search(r"Credential=([^/]+)/.*Signature=\w+", self.headers["authorization"])
        self.server.asked.append([signed[1] if signed else "", action or "AssumeRole", what])
        self.send_response(200)
        self.end_headers()
        self.wfile.write((self.server.secret if action else _ASSUMED).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
