"""The fetch of the code package, with commands that stand in for the clients of stores; on real nodes: e2e."""

import os
import socket
import subprocess
import sys

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad import fetch

ROOT = "s3://bucket/mf"


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

    def do(download, endpoint):
        # As script_words.py takes off the quotes of Metaflow's commands.
        phase = fetch.fetch_phase("DOWN", fetch.store("s3", ROOT, {"METAFLOW_S3_ENDPOINT_URL": endpoint}))
        script = phase.replace('\\"', '"').replace("\\\\", "\\").replace("DOWN", download)
        around = f'trap \'echo "$code $what" >&2; exit $code\' EXIT\nmflog() {{ echo "$1"; }}\n{script}\ntrap - EXIT\necho done'
        env = {"PATH": f"{commands}:{os.environ['PATH']}", "NOMAD_TASK_DIR": str(tmp_path)}
        return subprocess.run(["bash", "-c", around], env=env, capture_output=True, text=True, check=False, timeout=50)

    return do


def test_a_fetch_that_works_says_what_it_always_said(run, server):
    done = run("true", server)
    assert done.stdout.splitlines() == ["Downloading code package...", "Code package downloaded.", "done"]


def test_a_second_try_may_work(run, server):
    done = run('[ -e "$NOMAD_TASK_DIR/once" ] || { touch "$NOMAD_TASK_DIR/once"; echo reset >&2; return 1; }', server)
    assert done.stdout.splitlines()[-1] == "done"
    at = f"{ROOT} (endpoint {server})"
    assert f"[metaflow-nomad] the code package could not be fetched from {at}: reset; try 2 follows" in done.stderr


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
