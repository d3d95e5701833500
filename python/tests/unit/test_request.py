"""Whole requests, held against golden files that the launch host's tests read too."""

import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad import (
    code_package,
    request,
    shared_script,
    store_script,
    task_command,
    task_env,
)
from metaflow_extensions.nomad_ext.plugins.nomad.attributes import check_attributes
from metaflow_extensions.nomad_ext.plugins.nomad.exits import MARKER
from metaflow_extensions.nomad_ext.plugins.nomad.run import plan_step
from metaflow_extensions.nomad_ext.plugins.nomad.script_words import Bootstrap
from metaflow_extensions.nomad_ext.plugins.nomad.step_command import StepCommand, step_command

GOLDEN = Path(__file__).resolve().parents[3] / "test" / "support" / "protocol"
ODD = "a 'b' \"c\" $d ${e} %{f} \\ ` \n ü"


def deco(name, written=(), **attributes):
    return types.SimpleNamespace(name=name, attributes=attributes, _user_defined_attributes=set(written))


class Package:
    @staticmethod
    def get_post_extract_env_vars(metadata, dest_dir):
        return {"PYTHONPATH": f"{dest_dir}/.mf_code", "METAFLOW_EXTRACTED_ROOT:": dest_dir}


class Environment:
    def get_package_commands(self, url, kind, metadata):
        from metaflow.metaflow_environment import MetaflowEnvironment

        return MetaflowEnvironment(None).get_package_commands(
            url, kind, json.dumps({"version": 0, "archive_format": "tgz", "mfcontent_version": 1})
        )

    def _get_install_dependencies_cmd(self, kind):
        from metaflow.metaflow_environment import MetaflowEnvironment

        return MetaflowEnvironment(None)._get_install_dependencies_cmd(kind)

    def _get_download_code_package_cmd(self, url, kind):
        from metaflow.metaflow_environment import MetaflowEnvironment

        return MetaflowEnvironment(None)._get_download_code_package_cmd(url, kind)

    def bootstrap_commands(self, step, kind):
        return []

    def executable(self, step, default=None):
        return default or "python"


def make_run(kind, given, decorators=(), site=None):
    decorators = list(decorators)
    shared = "/srv/metaflow/.metaflow" if kind == "local" else None
    return types.SimpleNamespace(
        flow_name="TrainFlow", run_id="17", user="ada", host_run="0123456789abcdef", submitter="host=lab pid=812", flow_file="train.py",
        environment=Environment(), datastore=types.SimpleNamespace(TYPE=kind, datastore_root=f"{kind}://bucket/mf"), package=Package(), shared_root=shared,
        base_env={"METAFLOW_NOMAD_WORKLOAD": "1"}, secret_env={"AWS_SECRET_ACCESS_KEY": "k"} if kind == "s3" else {},
        saved=code_package.SavedPackage(f"{kind}://bucket/data/ab/abcd", "abcd", "{}"),
        carried=(f"{kind}://bucket/data/ef/ef01", "0" * 64), rundir=Path("/tmp/mfn-x"),
        unpacked=Path("/srv/metaflow/.metaflow/.nomad/TrainFlow/17/abcd"), sites={"train": site or {}}, project={},
        steps={"train": plan_step("train", decorators, check_attributes("train", given), {"DEFAULT_DATACENTERS": "dc9"})},
    )  # fmt: skip


def make_args(kind, paths="17/start/1"):
    datastore = types.SimpleNamespace(
        get_log_location=lambda source, stream: f"/srv/metaflow/.metaflow/TrainFlow/17/train/3/1.{source}_{stream}.log"
    )
    task = types.SimpleNamespace(task_id="3", step="train", _ds=datastore)
    return types.SimpleNamespace(
        task=task, commands=["step"], command_args=["train"],
        top_level_options={"quiet": True, "metadata": "local", "datastore": kind, "datastore-root": "/srv/metaflow/.metaflow" if kind == "local" else "s3://bucket/mf",
                           "pylint": False, "with": [], "config-value": [("cfg", "kv.cfg")], "local-config-file": "/tmp/x"},
        command_options={"run-id": "17", "task-id": "3", "input-paths": paths, "split-index": 0, "retry-count": 1,
                         "max-user-code-retries": 2, "tag": [ODD], "namespace": "", "ubf-context": None},
    )  # fmt: skip


CASES = {
    "request-shared": (
        "local",
        {"driver": "raw_exec", "cpu": 2, "memory": 1000, "disk": 500, "env": {"ODD": ODD, "NODE": "${node.unique.name}"}, "meta": {"team": "x"}},
        [deco("resources", ["cpu", "memory"], cpu=1, memory=500), deco("retry", times=3, minutes_between_retries=2), deco("environment", vars={"N": 1})],
    ),
    "request-s3": (
        "s3",
        {"driver": "docker", "image": "python:3.12", "cores": 2, "memory_max": 2048, "gpu": 1, "address": "https://n:4646", "token": "t0ken",
         "constraints": {"attribute": "${attr.kernel.name}", "operator": "=", "value": "linux"}, "timeout_minutes": 2},
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_golden(name):
    kind, given, decorators = CASES[name]
    found = request.compose(make_run(kind, given, decorators), "train", make_args(kind), 1)
    path = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
    assert json.loads(json.dumps(found)) == json.loads(path.read_text())


def test_secrets_are_where_secrets_belong():
    found = request.compose(make_run(*CASES["request-s3"]), "train", make_args("s3"), 0)
    assert found["launch"]["secretEnv"] == {"AWS_SECRET_ACCESS_KEY": "k"}
    assert found["connection"] == {"address": "https://n:4646", "token": "t0ken"}
    assert "t0ken" not in json.dumps(found["launch"])


def test_scripts_are_valid_and_end_in_exec():
    for kind, given, decorators in CASES.values():
        shell, flag, script = request.compose(make_run(kind, given, decorators), "train", make_args(kind), 0)["launch"][
            "argv"
        ]
        assert flag == "-c"
        subprocess.run([shell, "-n", "-c", script], check=True)
        assert script.rpartition("\n")[2].startswith("exec ") or "\nexec " in script
        assert "save_logs" not in script
        assert "mflog.tee" not in script


def test_arguments_arrive_byte_for_byte():
    command = step_command(make_args("local"), "train.py")
    script = f'{sys.executable} -c "import sys, json; print(json.dumps(sys.argv[1:]))" {command.words}'
    words = json.loads(subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout)
    assert words[0] == "train.py"
    assert words[words.index("--tag") + 1] == ODD
    assert words[words.index("--namespace") + 1] == ""
    assert words[words.index("--config-value") + 1 : words.index("--config-value") + 3] == ["cfg", "kv.cfg"]
    assert "--local-config-file" not in words
    assert "--pylint" not in words


def test_long_input_paths(tmp_path):
    paths = "!" + "x" * 300_000
    command = step_command(make_args("local", paths), "train.py")
    assert max(map(len, command.env.values())) < 128 * 1024
    script = "\n".join([*command.before, f"env | grep -c METAFLOW_INPUT || exec echo {command.words}"])
    done = subprocess.run(
        ["sh", "-c", script],
        env={"PATH": os.environ["PATH"], **command.env},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--input-paths-filename .input-paths" in done.stdout
    assert (tmp_path / ".input-paths").read_text() == paths


NOTHING = Bootstrap([], "", [], "python")


def shared(tmp_path, root, package, pythons):
    script = shared_script.script(str(root), str(package), {}, pythons, NOTHING, StepCommand("-c 'print(1)'", [], {}))
    return subprocess.run(
        ["sh", "-c", script],
        env={"PATH": os.environ["PATH"], "NOMAD_TASK_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_bootstrap_failures_say_what_and_exit_apart(tmp_path):
    package = tmp_path / "p k"
    (package / "user").mkdir(parents=True)
    (package / ".mf_code" / "metaflow").mkdir(parents=True)
    cases = [
        (tmp_path, package, [sys.executable], 0, ""),
        (tmp_path / "nowhere", package, [sys.executable], 122, "the shared path"),
        (tmp_path, package, ["no-such-python"], 122, "there is no no-such-python on this node"),
        (tmp_path, tmp_path / "missing", [sys.executable], 120, "the code package at"),
    ]
    for root, where, pythons, code, said in cases:
        done = shared(tmp_path, root, where, pythons)
        assert done.returncode == code, done.stderr
        assert (f"{MARKER} {said}" in done.stderr) == bool(said)


@pytest.mark.parametrize(
    ("package", "environment", "python", "code", "said"),
    [
        (["true", "false"], [], sys.executable, 120, "code package"),
        (["install-nothing", "true"], [], sys.executable, 121, "client of the datastore"),
        (["true"], ["no-such-command"], sys.executable, 121, "environment of the step"),
        (["true"], [], "no-such-python", 122, "there is no no-such-python"),
        (["true"], [], sys.executable, 7, None),
    ],
)
def test_store_failures(tmp_path, package, environment, python, code, said):
    package = ["install-nothing" if "install-nothing" in package else ":", *package]
    bootstrap = Bootstrap(package, package[0], environment, python)
    script = store_script.script(bootstrap, python, StepCommand("-c 'raise SystemExit(7)'", [], {}))
    env = {"PATH": os.environ["PATH"], "NOMAD_TASK_DIR": str(tmp_path)}
    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert said is None or (MARKER in done.stderr and said in done.stderr)


def test_user_env_tells_references_from_text():
    plain, filled = task_env.user_env(
        [deco("environment", vars={"A": "${node.unique.name}", "B": 1})],
        {"C": "${HOME}", "D": "x-${attr.cpu.arch}", "B": "2"},
    )
    assert plain == {"A": "${node.unique.name}", "B": "2", "C": "${HOME}"}
    assert filled == {"D": "x-${attr.cpu.arch}"}


@pytest.mark.parametrize(
    ("site", "user"),
    [
        ({"nodeUsers": True, "becomes": False}, "ada"),
        ({"nodeUsers": False, "becomes": True}, "0:0"),
        ({"nodeUsers": False, "becomes": False}, None),
        ({}, None),
    ],
)
def test_who_a_task_on_shared_storage_runs_as(monkeypatch, site, user):
    monkeypatch.setattr(os, "getuid", lambda: 1001)
    monkeypatch.setattr(os, "getgid", lambda: 1002)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: types.SimpleNamespace(pw_name="ada"))
    assert task_command.user(site) == user


def test_a_root_submitter_s_tasks_have_no_user(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert [task_command.user(site) for site in ({"nodeUsers": True}, {"becomes": True})] == [None, None]


@pytest.mark.parametrize(
    ("given", "site", "user", "becomes"),
    [
        ({}, {"becomes": True, "image": True}, "0:0", True),
        ({"user": "1234:5678"}, {"becomes": False, "image": True}, "1234:5678", False),
        ({"user": "app"}, {"nodeUsers": True}, "app", False),
    ],
)
def test_the_step_s_own_user_comes_first(monkeypatch, given, site, user, becomes):
    monkeypatch.setattr(os, "getuid", lambda: 1001)
    monkeypatch.setattr(os, "getgid", lambda: 1002)
    found = request.compose(make_run("local", given, site=site), "train", make_args("local"), 0)["launch"]
    assert found["user"] == user
    assert ("os.setuid" in found["argv"][-1]) == becomes


def test_which_interpreter_runs_the_step():
    assert task_command.pythons_of({"image": True}) == ["python", "python3"]
    assert task_command.pythons_of({"image": False, "filesystem": "host"}) == [sys.executable, "python3", "python"]
    assert task_command.pythons_of({"image": False, "filesystem": "isolated"}) == ["python3", "python"]
