"""The code package that travels with compiled files."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import py_compile
import subprocess
import sys
import tarfile
import types
from pathlib import Path

import metaflow
import pytest

from metaflow_extensions.nomad_ext.plugins.nomad import carried_package, code_package, compiled

MTIME = 1_575_360_000


def archive(files: dict[str, bytes]) -> bytes:
    """Make a package as Metaflow does."""
    buffer = io.BytesIO()
    with tarfile.open(mode="w:gz", fileobj=buffer) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), MTIME
            tar.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "flow.py"
        tar.addfile(link)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def plain() -> bytes:
    source = Path(metaflow.__file__).parent
    here = Path(compiled.__file__).parent
    files = {f".mf_code/metaflow/{path.relative_to(source)}": path.read_bytes() for path in source.rglob("*.py")}
    ours = "metaflow_extensions/nomad_ext/plugins/nomad"
    files.update({f".mf_code/{ours}/{path.relative_to(here)}": path.read_bytes() for path in here.rglob("*.py")})
    files[".mf_code/metaflow/util.py"] = b"changed = 1\n"
    files[".mf_code/metaflow/data.txt"] = b"data"
    return archive({**files, "flow.py": b"print('flow')\n"})


def contents(blob: bytes) -> dict[str, bytes | None]:
    with tarfile.open(fileobj=io.BytesIO(blob)) as tar:
        return {member.name: file.read() if (file := tar.extractfile(member)) else None for member in tar}


def test_it_is_the_package_and_what_is_compiled(plain: bytes, tmp_path: Path) -> None:
    carried = carried_package.with_compiled(plain)
    before, after = contents(plain), contents(carried)
    assert {name: content for name, content in after.items() if "__pycache__" not in name} == before
    added = {Path(name).name.split(".")[0] for name in after if "/nomad/worker/__pycache__/" in name}
    assert {"server", "item", "bridge"} <= added
    with tarfile.open(fileobj=io.BytesIO(carried)) as tar:
        tar.extractall(tmp_path)
    # Python takes them: it says so of every file that it reads.
    done = subprocess.run(
        [sys.executable, "-v", "-c", "import metaflow.flowspec, metaflow.util"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / ".mf_code"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"matches {tmp_path}/.mf_code/metaflow/__init__.py" in done.stderr
    # What differs from what is here is not compiled here.
    assert not [name for name in after if name.startswith(".mf_code/metaflow/__pycache__/util.")]


def test_it_is_the_same_each_time(plain: bytes) -> None:
    assert carried_package.with_compiled(plain) == carried_package.with_compiled(plain)


STAMP, HASH = py_compile.PycInvalidationMode.TIMESTAMP, py_compile.PycInvalidationMode.CHECKED_HASH


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of a Metaflow that is installed elsewhere."""
    monkeypatch.setattr(metaflow, "__file__", str(tmp_path / "metaflow" / "__init__.py"))
    source = tmp_path / "metaflow" / "odd.py"
    source.parent.mkdir()
    source.write_text("x = 1\n")
    return source


def test_what_python_keeps_is_taken_as_it_is(installed: Path) -> None:
    kept = Path(py_compile.compile(str(installed), invalidation_mode=STAMP) or "")
    assert compiled.of("metaflow/odd.py", b"x = 1\n") == kept.read_bytes()[16:]
    assert compiled.of("metaflow/odd.py", b"x = 2\n") is None
    assert compiled.of("metaflow/other.py", b"x = 1\n") is None


@pytest.mark.parametrize(("kind", "then"), [(HASH, "x = 1\n"), (STAMP, "x = 10\n")])
def test_a_kept_file_of_another_kind_or_source_is_not_used(
    installed: Path, kind: py_compile.PycInvalidationMode, then: str
) -> None:
    py_compile.compile(str(installed), invalidation_mode=kind)
    installed.write_text(then)
    assert compiled.of("metaflow/odd.py", then.encode()) is None


class Store:
    def __init__(self) -> None:
        self.saved: list[bytes] = []

    def save_data(self, blobs: list[bytes], len_hint: int) -> list[tuple[str, str]]:
        self.saved += blobs
        return [(f"s3://bucket/{len(self.saved)}", "sha")]


def test_what_a_task_downloads_is_what_was_saved(plain: bytes) -> None:
    store, package = Store(), types.SimpleNamespace(blob=plain)
    saved = code_package.SavedPackage("s3://bucket/own", "sha", '{"archive_format": "tgz"}')
    carried = carried_package.save(store, package, saved)
    assert carried == ("s3://bucket/1", hashlib.sha256(store.saved[0]).hexdigest())
    assert gzip.decompress(store.saved[0])
    # Of another kind, Metaflow's own goes.
    other = carried_package.save(store, package, saved._replace(metadata='{"archive_format": "zip"}'))
    assert other == ("s3://bucket/own", hashlib.sha256(plain).hexdigest())
    assert len(store.saved) == 1
