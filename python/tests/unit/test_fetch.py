"""The fetch of the code package, with commands that stand in for the clients of stores; on real nodes: e2e."""

import hashlib
import os
import socket
import subprocess
import sys
from typing import ClassVar

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad import fetch

ROOT = "s3://bucket/mf"
PACKAGE = b"a code package"
SHA256 = hashlib.sha256(PACKAGE).hexdigest()
DOWNLOAD = f'echo fetched >>"$COUNT"; printf %s "{PACKAGE.decode()}" >job.tar'
FETCHED = ["Downloading code package...", "Code package downloaded.", "done"]
FOUND = ["Code package found on this node.", "done"]


@pytest.fixture
def server():
    """Something that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def run(tmp_path):
    """Run the fetch with this download command; pauses take no time."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, text in {"sleep": "exec true", "python": f'exec {sys.executable} "$@"'}.items():
        (commands / name).write_text(f"#!/bin/sh\n{text}\n")
        (commands / name).chmod(0o755)

    def start(download, endpoint, env=None, folder=tmp_path):
        # As script_words.py takes off the quotes of Metaflow's commands.
        phase = fetch.fetch_phase("DOWN", fetch.store("s3", ROOT, {"METAFLOW_S3_ENDPOINT_URL": endpoint}), SHA256)
        script = phase.replace('\\"', '"').replace("\\\\", "\\").replace("DOWN", download)
        around = f'trap \'echo "$code $what" >&2; exit $code\' EXIT\nmflog() {{ echo "$1"; }}\n{script}\ntrap - EXIT\necho done'
        folder.mkdir(exist_ok=True)
        own = {"PATH": f"{commands}:{os.environ['PATH']}", "NOMAD_TASK_DIR": str(folder), **(env or {})}
        return subprocess.Popen(
            ["bash", "-c", around], env=own, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def do(*args, **more):
        process = start(*args, **more)
        out, err = process.communicate(timeout=50)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    do.start = start
    return do


def test_a_fetch_that_works_says_what_it_always_said(run, server):
    done = run("true", server)
    assert done.stdout.splitlines() == ["Downloading code package...", "Code package downloaded.", "done"]


def test_a_second_try_may_work(run, server):
    done = run('[ -e "$NOMAD_TASK_DIR/once" ] || { touch "$NOMAD_TASK_DIR/once"; echo reset >&2; return 1; }', server)
    assert done.stdout.splitlines()[-1] == "done"
    at = f"{ROOT} (endpoint {server})"
    assert f"[metaflow-nomad] the code package could not be fetched from {at}: reset; try 2 follows" in done.stderr


@pytest.fixture
def node(run, server, tmp_path):
    """A node that keeps packages: run a task there, get what it said; how many have fetched."""
    cache, count = tmp_path / "cache", tmp_path / "count"
    cache.mkdir()
    count.touch()

    class Node:
        folder, kept = cache, cache / f"{SHA256}.tgz"
        env: ClassVar = {"METAFLOW_NOMAD_PACKAGE_CACHE": str(cache), "COUNT": str(count)}

        def start(self, name, download=DOWNLOAD, **env):
            return run.start(download, server, {**self.env, **env}, tmp_path / name)

        def task(self, name, download=DOWNLOAD, **env):
            done = run(download, server, {**self.env, **env}, tmp_path / name)
            assert (tmp_path / name / "job.tar").read_bytes() == PACKAGE, done.stderr
            return done.stdout.splitlines()

        def fetched(self):
            return len(count.read_text().splitlines())

    return Node()


def test_a_second_task_on_the_node_fetches_nothing(node):
    assert [node.task("one"), node.task("two", "false")] == [FETCHED, FOUND]
    assert node.kept.stat().st_mode & 0o777 == 0o644
    assert list(node.folder.iterdir()) == [node.kept]


def test_of_tasks_that_start_at_once_one_fetches(node):
    tasks = [node.start(str(number), f"/bin/sleep 0.5; {DOWNLOAD}") for number in range(8)]
    said = sorted(task.communicate(timeout=50)[0].splitlines() for task in tasks)
    assert said == [FOUND] * 7 + [FETCHED]
    assert node.fetched() == 1


@pytest.mark.parametrize("content", [b"", PACKAGE[:-1], b"another package"])
def test_a_damaged_or_foreign_package_is_fetched_anew(node, content):
    node.kept.write_bytes(content)
    assert [node.task("one"), node.task("two")] == [FETCHED, FOUND]
    assert node.kept.read_bytes() == PACKAGE


def test_what_is_no_file_is_not_touched(node, tmp_path):
    """Somebody else's link is replaced, not followed."""
    precious = tmp_path / "precious"
    precious.write_text("precious")
    node.kept.symlink_to(precious)
    assert node.task("one") == FETCHED
    assert [precious.read_text(), node.kept.is_symlink(), node.kept.read_bytes()] == ["precious", False, PACKAGE]
    node.kept.unlink()
    node.kept.mkdir()
    assert [node.task("two"), list(node.kept.iterdir())] == [FETCHED, []]


def test_a_package_that_is_not_the_one_is_not_kept(run, server, node, tmp_path):
    # The script goes on: to unpack it says what is wrong with it.
    run("echo broken >job.tar", server, node.env, tmp_path / "one")
    assert list(node.folder.iterdir()) == []


@pytest.mark.parametrize(
    "env", [{"METAFLOW_NOMAD_PACKAGE_CACHE": "/nonexistent"}, {"METAFLOW_NOMAD_PACKAGE_CACHE": ""}]
)
def test_without_a_folder_each_task_fetches(node, env):
    assert [node.task("one", **env), node.task("two", **env)] == [FETCHED] * 2


def test_without_the_means_each_task_fetches(node, tmp_path):
    """No `sha256sum` in the image, and no `flock`."""
    few = tmp_path / "few"
    few.mkdir()
    for name in ("bash", "cat", "tail", "cp", "mv", "rm", "true"):
        (few / name).symlink_to(f"/bin/{name}")
    path = f"{tmp_path / 'bin'}:{few}"
    assert [node.task(name, PATH=path) for name in ("one", "two")] == [FETCHED] * 2
    assert node.task("three") == FETCHED
    (few / "sha256sum").symlink_to("/usr/bin/sha256sum")
    assert node.task("four", PATH=path) == FOUND


def test_a_folder_that_may_not_be_written(node, tmp_path):
    """As root may write everywhere, `mktemp` and `mv` stand in for the folder; what is there is still used."""
    for name in ("mktemp", "mv"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\necho refused >&2\nexit 1\n")
        (tmp_path / "bin" / name).chmod(0o755)
    assert node.task("one") == FETCHED
    assert list(node.folder.iterdir()) == []
    node.kept.write_bytes(PACKAGE)
    assert node.task("two") == FOUND


def test_what_nobody_used_for_long_is_removed(node):
    for name, days in {"old.tgz": 20, ".new-left": 20, "young.tgz": 2, "notes.txt": 20}.items():
        path = node.folder / name
        path.touch()
        os.utime(path, (path.stat().st_mtime - days * 86_400,) * 2)
    node.task("one")
    assert {path.name for path in node.folder.iterdir()} == {"young.tgz", "notes.txt", node.kept.name}
    os.utime(node.kept, (0, 0))
    node.task("two")
    # It was used: that counts.
    assert node.kept.stat().st_mtime > 0
    node.kept.unlink()
    node.task("three", METAFLOW_NOMAD_PACKAGE_CACHE_DAYS="1")
    assert {path.name for path in node.folder.iterdir()} == {"notes.txt", node.kept.name}


FAILURES = [
    ("botocore.exceptions.ClientError: An error occurred (403) when calling the HeadObject operation: Forbidden", 119, 2),
    ("botocore.exceptions.NoCredentialsError: Unable to locate credentials", 119, 2),
    ("google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found.", 119, 2),
    ("botocore.exceptions.SSLError: SSL validation failed: CERTIFICATE_VERIFY_FAILED", 118, 2),
    ("ModuleNotFoundError: No module named 'boto3'", 122, 1),
    ("botocore.exceptions.ClientError: An error occurred (404) when calling the HeadObject operation: Not Found", 120, 6),
]  # fmt: skip


@pytest.mark.parametrize(("said", "code", "tries"), FAILURES)
def test_what_the_client_says_decides(run, server, said, code, tries):
    done = run(f"echo noise >&2; echo $'{said.replace(chr(39), chr(92) + chr(39))}' >&2; false", server)
    assert done.returncode == code
    assert done.stderr.count("follows") == tries - 1
    assert said in done.stderr.splitlines()[-1]
    # The whole of what the client said only where nothing better is known.
    assert ("noise" in done.stderr.splitlines()) == (code == fetch.PACKAGE)


@pytest.mark.parametrize(
    ("kind", "root", "env", "text"),
    [
        ("s3", ROOT, {}, f"{ROOT} (endpoint https://s3.amazonaws.com)"),
        ("s3", ROOT, {"AWS_DEFAULT_REGION": "eu-west-1"}, f"{ROOT} (endpoint https://s3.eu-west-1.amazonaws.com)"),
        ("s3", ROOT, {"AWS_ENDPOINT_URL": "http://m:9000"}, f"{ROOT} (endpoint http://m:9000)"),
        ("gs", "gs://b/mf", {}, "gs://b/mf (endpoint https://storage.googleapis.com)"),
        (
            "azure",
            "c/mf",
            {"METAFLOW_AZURE_STORAGE_BLOB_SERVICE_ENDPOINT": "https://a.blob.core.windows.net/"},
            "azure://c/mf (endpoint https://a.blob.core.windows.net/)",
        ),
    ],
)
def test_how_a_store_is_named(kind, root, env, text):
    assert str(fetch.store(kind, root, env)) == text


def test_meanings_fit_the_credentials():
    away = fetch.store("s3", ROOT, {"METAFLOW_S3_ENDPOINT_URL": "http://s3.lab:9000"})
    here = fetch.store("s3", ROOT, {"METAFLOW_S3_ENDPOINT_URL": "http://localhost:9000"})
    assert "localhost" not in fetch.meanings(away, [])["118"]["advice"]
    assert "localhost is that machine itself" in fetch.meanings(here, [])["118"]["advice"]
    given = fetch.meanings(away, ["AWS_SECRET_ACCESS_KEY"])["119"]
    assert given["retriable"] is False
    assert "submitted with (AWS_ACCESS_KEY_ID and" in given["advice"]
    none = fetch.meanings(away, ["METAFLOW_SERVICE_HEADERS"])["119"]
    assert none["retriable"] is True
    assert "give the nodes a role" in none["advice"]
