"""Agents with ACLs, and with TLS that wants client certificates."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from .parts import ROOT, Cluster, Parts

# What docs/setup.md tells an ops team to write.
LEAST_RIGHTS = (ROOT / "config" / "policies" / "least.hcl").read_text()


class SecureCluster(Cluster):
    """As an operator sees it: with the management token."""

    def __init__(self, facts: dict[str, Any], shared: Path):
        super().__init__(facts, shared)
        self.tls: dict[str, str] = facts.get("tls") or {}
        self.token: str = facts["token"]
        self._context = None
        if self.tls:
            self._context = ssl.create_default_context(cafile=self.tls["ca"])
            self._context.load_cert_chain(self.tls["clientCert"], self.tls["clientKey"])

    @property
    def site_tls(self) -> dict[str, str]:
        """What a site says to get in."""
        tls = self.tls
        return {"ca": tls["ca"], "cert": tls["clientCert"], "key": tls["clientKey"], "serverName": tls["serverName"]}

    def api(self, path: str, method: str = "GET", body: Any = None, **query: Any) -> Any:
        url = f"{self.address}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method, headers={"X-Nomad-Token": self.token})
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._context) as reply:
                text = reply.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {url}: {error.code} {error.read().decode()}") from None
        return json.loads(text) if text else None

    def client_token(self, name: str, rules: str = LEAST_RIGHTS) -> str:
        """A token with these rights and no others."""
        self.api(f"/v1/acl/policy/{name}", "POST", {"Name": name, "Rules": rules})
        made = self.api("/v1/acl/token", "POST", {"Name": name, "Type": "client", "Policies": [name]})
        return str(made["SecretID"])


def start_secure(shared: Path, tls: bool) -> tuple[Parts, SecureCluster]:
    parts = Parts({"agent": {"acl": True, "tls": tls}})
    return parts, SecureCluster(parts.facts["agent"], shared)
