"""remote_client.py ADDRESS FILE …: registers the Nomad job in FILE, and waits for its end."""

import json
import sys
import urllib.request
from pathlib import Path

ADDRESS, FILE = sys.argv[1:3]


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ADDRESS + path, data=data, method="GET" if body is None else "PUT")
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.loads(reply.read()), reply.headers.get("X-Nomad-Index", "0")


job = json.loads(Path(FILE).read_text())
call("/v1/jobs", job)
index, states = "0", []
while not states or any(state in ("pending", "running") for state in states):
    # A blocking query: it is told of the end at once.
    found, index = call(f"/v1/job/{job['Job']['ID']}/allocations?wait=60s&index={index}")
    states = [one["ClientStatus"] for one in found]
sys.exit(0 if states[-1] == "complete" else 1)
