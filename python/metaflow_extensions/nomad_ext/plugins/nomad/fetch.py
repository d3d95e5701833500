"""How a task fetches its code package from an object store, and how it says why it cannot.

Metaflow tries six times, ten seconds apart, and a client of a store may wait for minutes within one try. Here the first
look at why comes after three seconds, says what the task waits for, and a node that does not reach the store at all is
given up after half a minute. A fetch that works costs nothing more.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

UNREACHABLE, DENIED, PACKAGE, NODE = 118, 119, 120, 122
"""Exit codes of the task."""

_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "azure": "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
}
_PREFIXES = {"s3": "AWS_", "azure": "AZURE_", "gs": "GOOGLE_"}


class Store(NamedTuple):
    """A datastore as a task has to reach it."""

    kind: str
    root: str
    endpoint: str
    """URL of the server."""

    def __str__(self) -> str:
        return f"{self.root} (endpoint {self.endpoint})"


def store(kind: str, root: str, env: dict[str, str]) -> Store:
    """Return the datastore that a task with this environment uses."""
    if kind == "azure":
        endpoint = env.get("METAFLOW_AZURE_STORAGE_BLOB_SERVICE_ENDPOINT", "")
        return Store(kind, f"azure://{root}", endpoint)
    if kind == "gs":
        return Store(kind, root, env.get("STORAGE_EMULATOR_HOST") or "https://storage.googleapis.com")
    names = ("METAFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    given = next((env[name] for name in names if env.get(name)), "")
    region = env.get("AWS_DEFAULT_REGION") or env.get("AWS_REGION")
    return Store(kind, root, given or f"https://s3.{f'{region}.' if region else ''}amazonaws.com")


def meanings(where: Store, secrets: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what the host tells a user of the exit codes of this module; it puts the node's name in.

    `secrets` are the names of the secret variables that the task has.
    """
    own_credentials = any(_PREFIXES[where.kind] in name for name in secrets)
    local = urlsplit(where.endpoint).hostname in ("localhost", "127.0.0.1", "::1")
    elsewhere = " On another machine, localhost is that machine itself: use an address that nodes know too."
    names = _CREDENTIALS[where.kind]
    theirs = f"The task had the credentials it was submitted with ({names}): check that they are valid there."
    none = f"Set {names} where you submit, or give the nodes a role that may read and write there."
    return {
        str(UNREACHABLE): {
            "sentence": f"Node {{node}} cannot reach the datastore at {where}.",
            "advice": "The line above says why; check name, route, firewall and certificate as seen from that node."
            + (elsewhere if local else ""),
            "retriable": True,
        },
        str(DENIED): {
            "sentence": f"The datastore at {where} did not let the task on node {{node}} in.",
            "advice": theirs if own_credentials else none,
            "retriable": not own_credentials,
        },
    }


def fetch_phase(download: str, where: Store, sha256: str) -> str:
    """Shell of the fetch, to be unquoted together with Metaflow's own commands.

    Parameters
    ----------
    download : str
        Metaflow's command that makes `job.tar`, written for a double-quoted word.
    where : Store
        Where from.
    sha256 : str
        Of what it downloads: what is found on the node is used only where it is the same.
    """
    before, after = _FETCH.split("DOWNLOAD")
    words = {"STORE": str(where), "ENDPOINT": where.endpoint, "PROBE": _PROBE, "SHA256": sha256}
    words = {name: shlex.quote(value) for name, value in words.items()}
    codes = {"UNREACHABLE": UNREACHABLE, "DENIED": DENIED, "PACKAGE": PACKAGE, "NODE": NODE}
    for name, value in {**words, **codes}.items():
        before, after = before.replace(f"@{name}@", str(value)), after.replace(f"@{name}@", str(value))
    return (_quoted(before) + download + _quoted(after)).strip()


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


_PROBE = """
import socket, sys, urllib.parse, urllib.request
url = urllib.parse.urlsplit(sys.argv[1])
proxy = urllib.request.getproxies().get(url.scheme)
if proxy and not urllib.request.proxy_bypass(url.hostname):
    url = urllib.parse.urlsplit(proxy)
try:
    socket.create_connection((url.hostname, url.port or (443 if url.scheme == "https" else 80)), 5).close()
except OSError as error:
    sys.exit("%s: %s" % (url.netloc.rpartition("@")[2], error.strerror or error))
"""

_FETCH = """
fetch() {
  DOWNLOAD
}
store=@STORE@ fetch_log=${NOMAD_TASK_DIR:-.}/fetch.log
say() { echo "[metaflow-nomad] $1" >&2; }
nap() { sleep "$1" & nap=$!; wait "$nap"; }
reaches() { why=$(python -I -S -c @PROBE@ @ENDPOINT@ 2>&1); }
hopeless() { [ "$SECONDS" -ge 30 ]; }
unreachable() { code=@UNREACHABLE@; what="this node does not reach the datastore at $store: $why"; }
look_after() {
  trap 'kill "$nap" 2>/dev/null; exit' TERM
  nap 3
  until reaches; do
    if hopeless; then kill -USR1 $$; exit; fi
    say "waiting for the datastore at $store, which this node does not reach: $why"
    nap 7
  done
  say "still fetching the code package from $store"
}
try_to_fetch() {
  fetch >"$fetch_log" 2>&1 & fetching=$!
  look_after & watching=$!
  wait "$fetching"; result=$?
  kill "$watching" 2>/dev/null; wait "$watching" 2>/dev/null
  return "$result"
}
explain() {
  said=$(cat "$fetch_log") last=$(tail -n 1 "$fetch_log")
  if ! reaches; then unreachable; limit=99; return; fi
  limit=6
  case $said in
  *CERTIFICATE_VERIFY_FAILED* | *SSLError*)
    why="its certificate is not accepted ($last)"; unreachable; limit=2 ;;
  *'(403)'* | *'(401)'* | *AccessDenied* | *Forbidden* | *Unauthorized* | *NoCredentials* | *InvalidAccessKeyId* | \\
    *SignatureDoesNotMatch* | *ExpiredToken* | *ClientAuthenticationError* | *CredentialUnavailable* | \\
    *AuthorizationFailure* | *AuthorizationPermissionMismatch* | *DefaultCredentialsError* | *RefreshError*)
    code=@DENIED@ what="the datastore at $store did not let this task in: $last" limit=2 ;;
  *'command not found'* | *ModuleNotFoundError*)
    code=@NODE@ what="the client of the datastore is not in the image: $last" limit=1 ;;
  *)
    code=@PACKAGE@ what="the code package could not be fetched from $store: $last" ;;
  esac
}
intact() { found=$(sha256sum job.tar) && [ "${found%% *}" = @SHA256@ ]; }
from_node() { [ -f "$kept" ] && cp "$kept" job.tar && intact && { touch -c "$kept" || true; }; }
await_others() {
  # Who waits for the one that fetches it finds it then; who waits for too long, or cannot, fetches it, too.
  [ -w "$cache" ] && command -v flock >/dev/null && exec 9<"$cache" && flock -w 30 9 && from_node
}
is_here() { [ -d "$cache" ] && { from_node || await_others; }; }
keep() {
  [ -d "$cache" ] && [ -w "$cache" ] && [ ! -d "$kept" ] && intact || return 0
  # Neither follows a link that somebody has put there, nor is ever seen half written.
  new=$(mktemp "$cache/.new-XXXXXX") && cp job.tar "$new" && chmod 644 "$new" && mv -f "$new" "$kept" || rm -f "$new"
  days=${METAFLOW_NOMAD_PACKAGE_CACHE_DAYS:-14}
  find "$cache" -maxdepth 1 -type f \\( -name '*.tgz' -o -name '.new-*' \\) -mtime "+$days" -exec rm -f {} +
  return 0
}
fetch_package() {
  cache=${METAFLOW_NOMAD_PACKAGE_CACHE:-} kept=${METAFLOW_NOMAD_PACKAGE_CACHE:-}/@SHA256@.tgz
  if is_here 2>/dev/null; then
    mflog 'Code package found on this node.'
    exec 9<&-
    return
  fi
  trap 'reaches; unreachable; kill "$fetching" 2>/dev/null; exit 1' USR1
  SECONDS=0 tries=1
  mflog 'Downloading code package...'
  until try_to_fetch; do
    explain
    if [ "$tries" -ge "$limit" ] || { [ "$code" = @UNREACHABLE@ ] && hopeless; }; then
      [ "$code" != @PACKAGE@ ] || cat "$fetch_log" >&2
      exit 1
    fi
    say "$what; try $((tries += 1)) follows"
    nap 5
  done
  mflog 'Code package downloaded.'
  trap - USR1
  keep 2>/dev/null
  exec 9<&-
}
fetch_package; i=0 code=@PACKAGE@ what='the code package could not be unpacked'
"""
