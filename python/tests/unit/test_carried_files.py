"""Files that travel with a task: what is read, and what the task's script makes of it."""

import os
import subprocess

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad import carried_files

KEY = '{"private_key": "-----BEGIN\\nabc\\n"}\n'
GOOGLE = "METAFLOW_NOMAD_FILE_GOOGLE_APPLICATION_CREDENTIALS"


@pytest.fixture(autouse=True)
def key_file(tmp_path, monkeypatch):
    path = tmp_path / "key.json"
    path.write_text(KEY)
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.setenv(name, str(path))
    return path


def test_each_store_takes_its_own():
    found = carried_files.read("gs", "local")
    assert (found.secret, found.warnings) == ({GOOGLE: KEY}, [])
    assert found.public == {"METAFLOW_NOMAD_FILE_REQUESTS_CA_BUNDLE": KEY}
    found = carried_files.read("s3", "local")
    assert (found.secret, sorted(found.public)) == (
        {},
        ["METAFLOW_NOMAD_FILE_AWS_CA_BUNDLE", "METAFLOW_NOMAD_FILE_REQUESTS_CA_BUNDLE"],
    )
    assert carried_files.read("local", "local") == ({}, {}, [])
    assert list(carried_files.read("local", "service").public) == ["METAFLOW_NOMAD_FILE_REQUESTS_CA_BUNDLE"]


def test_what_cannot_travel_is_warned_of(key_file, monkeypatch):
    key_file.write_bytes(b"\xff\x00")
    assert "cannot be sent along" in carried_files.read("gs", "local").warnings[0]
    key_file.write_text("x\n" * 20_001)
    found = carried_files.read("gs", "local")
    assert found.secret == {} and "too large to send along" in found.warnings[0]
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    found = carried_files.read("gs", "local")
    assert found.secret == {} and "/nowhere/key.json, which cannot be sent along" in found.warnings[0]


def test_what_the_user_sets_comes_first():
    env = {GOOGLE: KEY, "OTHER": "1"}
    assert carried_files.without(env, {"GOOGLE_APPLICATION_CREDENTIALS": "/node/key.json"}) == {"OTHER": "1"}
    assert carried_files.without(env, {"ELSE": ""}) == env


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_script_writes_them(tmp_path, shell):
    lines = carried_files.script([GOOGLE, "PATH"])
    check = 'stat -c %a "$GOOGLE_APPLICATION_CREDENTIALS"; cat "$GOOGLE_APPLICATION_CREDENTIALS"; env | grep -c _FILE_'
    env = {"PATH": os.environ["PATH"], "NOMAD_SECRETS_DIR": str(tmp_path), GOOGLE: KEY}
    done = subprocess.run(
        [shell, "-c", "\n".join([*lines, check])], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout == f"600\n{KEY}\n0\n"
    assert carried_files.script(["PATH"]) == []


def test_a_folder_that_is_not_writable(tmp_path):
    lines = ['fail() { echo "$1 $2"; exit "$1"; }', *carried_files.script([GOOGLE])]
    env = {"PATH": os.environ["PATH"], "NOMAD_SECRETS_DIR": str(tmp_path / "none"), GOOGLE: KEY}
    done = subprocess.run(["sh", "-c", "\n".join(lines)], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 121
    assert done.stdout.startswith("121 the file for GOOGLE_APPLICATION_CREDENTIALS could not be written")
