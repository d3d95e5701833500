"""What a task reads and writes of S3 in its own process is what Metaflow's processes read and write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))
from small_s3 import SmallS3  # noqa: E402

from metaflow_extensions.nomad_ext.plugins.nomad import few_objects  # noqa: E402

pytest.importorskip("boto3")

_HEAD = """
import io, json, sys
from metaflow.plugins.datastores.s3_storage import S3Storage
from metaflow.plugins.datatools.s3 import S3
from metaflow_extensions.nomad_ext.plugins.nomad import few_objects
if sys.argv[1] == "ours":
    few_objects.install()
    few_objects.install()
started = []
run = S3._s3op_with_retries
S3._s3op_with_retries = lambda self, mode, **more: (started.append(mode), run(self, mode, **more))[1]
storage = S3Storage("s3://bucket/root")

def read(paths):
    try:
        with storage.load_bytes(paths) as found:
            return [[key, path and open(path, "rb").read().decode("latin1"), meta] for key, path, meta in found]
    except Exception as error:
        return type(error).__name__

def write(items, **how):
    try:
        return storage.save_bytes(iter(items), **how)
    except Exception as error:
        return type(error).__name__
"""


@pytest.fixture
def server():
    found = SmallS3()
    yield found
    found.close()


def python(server: SmallS3, whose: str, script: str, tmp_path: Path):
    """Run it as a process that has Metaflow's own storage, or ours; it ends by printing what it found."""
    done = subprocess.run(
        [sys.executable, "-c", f"{_HEAD}\n{script}", whose],
        env={**os.environ, **server.env(), "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


READ = """
names = [f"F/1/s/{number}/0.data.json" for number in range(25)]
blobs = [f"F/data/{number}" for number in range(12)]
print(json.dumps([started, [read(some) for some in (names, blobs, names[:3], names + ["F/1/s/denied"], [])]]))
"""


def test_reading_gives_the_same(server, tmp_path):
    for number in range(0, 25, 2):
        meta = {"metaflow-user-attributes": json.dumps({"cas_version": number})}
        server.objects[f"bucket/root/F/1/s/{number}/0.data.json"] = bytes([number]) * number, meta if number % 4 else {}
        server.objects[f"bucket/root/F/data/{number}"] = b"blob", meta
    server.denied.add("bucket/root/F/1/s/denied")
    theirs, ours = (python(server, whose, READ, tmp_path) for whose in ("metaflow", "ours"))
    assert ours[1] == theirs[1]
    # In their order, and None for what is missing.
    assert [row[1] is None for row in ours[1][0]] == [number % 2 == 1 for number in range(25)]
    assert ours[1][3] == "MetaflowS3AccessDenied"
    # Artifacts may be of any size: they are read as ever.
    assert [theirs[0], ours[0]] == [["get", "get", "get"], ["get"]]


def test_reading_leaves_no_file(server, tmp_path):
    server.objects["bucket/root/F/1/s/0/0.data.json"] = b"x", {}
    few = """print(json.dumps([started, read(["F/1/s/0/0.data.json", "F/1/s/1/0.data.json"])]))"""
    started, [[_, content, _], [_, missing, _]] = python(server, "ours", few, tmp_path)
    # Metaflow's own processes sometimes leave the folder of a read that failed.
    assert (started, content, missing) == ([], "x", None)
    assert not list(tmp_path.iterdir())


WRITE = """
def few():
    return [(f"F/few/{n}", (io.BytesIO(b"x" * n), {"n": n}) if n % 2 else b"y" * n) for n in range(1, 15)]

large = [(f"F/large/{n}", (io.BytesIO(b"z" * (1_500_000 if n == 5 else n)), None)) for n in range(12)]
many = [(f"F/many/{n}", b"m") for n in range(40)]
kept = [(f"F/kept/{n}", b"new") for n in range(12)]
sets = [(few(), True), (large, True), (many, True), (kept, False), ([*few(), ("F/denied", b"d")], True), ([], True)]
print(json.dumps([started, [write(items, overwrite=over, len_hint=12) for items, over in sets]]))
"""


def test_writing_leaves_the_same(server, tmp_path):
    found = []
    for whose in ("metaflow", "ours"):
        server.objects.clear()
        server.objects["bucket/root/F/kept/3"] = b"old", {}
        server.denied = {"bucket/root/F/denied"}
        found.append((python(server, whose, WRITE, tmp_path), dict(server.objects)))
    (theirs, left), (ours, also) = found
    assert also == left
    assert left["bucket/root/F/kept/3"] == (b"old", {})
    assert len(left) == 14 + 12 + 40 + 12
    assert ours[1] == theirs[1] == [None, None, None, None, "MetaflowS3AccessDenied", None]
    # The large one and what follows it, and the 33rd and what follows it, go where they always did.
    assert [theirs[0], ours[0]] == [["put"] * 5, ["put", "put"]]
    assert not list(tmp_path.iterdir())


FORKED = """
import os, types
few_objects.warm(types.SimpleNamespace(_storage_impl=storage))
client, children = storage.s3_client._s3_client, []
for name in ("a", "b", "c"):
    if os.fork() == 0:
        assert storage.s3_client.client is client
        write([(f"{name}/{n}", name.encode()) for n in range(12)], overwrite=True, len_hint=12)
        assert [row[1] for row in read([f"{name}/{n}" for n in range(12)])] == [name] * 12
        os._exit(0)
    children.append(os.wait()[1])
print(json.dumps([client is not None, children, started]))
"""


def test_processes_that_are_forked_share_a_client_but_no_connection(server, tmp_path):
    assert python(server, "ours", FORKED, tmp_path) == [True, [0, 0, 0], []]


def test_without_keys_each_process_finds_its_own_credentials(server, tmp_path):
    """They are renewed over connections that two processes must not share."""
    script = FORKED.replace("import os, types", "import os, types; del os.environ['AWS_ACCESS_KEY_ID']").split("for")[0]
    assert python(server, "ours", f"{script}\nprint(json.dumps(client is None))", tmp_path) is True


@pytest.mark.parametrize(
    ("env", "workers"),
    [
        ({}, None),
        ({"NOMAD_MEMORY_LIMIT": "512"}, "16"),
        ({"NOMAD_MEMORY_LIMIT": "128"}, "2"),
        ({"NOMAD_MEMORY_LIMIT": "512", "NOMAD_MEMORY_MAX_LIMIT": "1024"}, "48"),
        ({"NOMAD_MEMORY_LIMIT": "65536"}, "64"),
        ({"NOMAD_MEMORY_LIMIT": "512", "METAFLOW_S3_WORKER_COUNT": "40"}, "40"),
    ],
)
def test_as_many_processes_as_the_memory_has_room_for(monkeypatch, env, workers):
    for name in ("NOMAD_MEMORY_LIMIT", "NOMAD_MEMORY_MAX_LIMIT", "METAFLOW_S3_WORKER_COUNT"):
        # Set first, so that what the code under test sets is taken away afterwards.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    few_objects.bound_workers()
    assert os.environ.get("METAFLOW_S3_WORKER_COUNT") == workers
