"""The code package of a run: saved once, and for shared storage unpacked once."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from . import compiled
from .exceptions import NomadException

SCRATCH = ".nomad"


class SavedPackage(NamedTuple):
    """Where the package is, in Metaflow's terms."""

    url: str
    sha: str
    metadata: str

    def env(self, datastore: str) -> dict[str, str]:
        """Return the variables by which Metaflow registers the code with the task."""
        return {
            "METAFLOW_CODE_URL": self.url,
            "METAFLOW_CODE_SHA": self.sha,
            "METAFLOW_CODE_DS": datastore,
            "METAFLOW_CODE_METADATA": self.metadata,
        }


def save(flow_datastore: Any, package: Any) -> SavedPackage:
    """Save the package in the flow's datastore; waits for Metaflow to finish making it."""
    from metaflow.metaflow_config import FEAT_ALWAYS_UPLOAD_CODE_PACKAGE

    if FEAT_ALWAYS_UPLOAD_CODE_PACKAGE:
        return SavedPackage(package.package_url(), package.package_sha(), package.package_metadata)
    url, sha = flow_datastore.save_data([package.blob], len_hint=1)[0]
    return SavedPackage(url, sha, package.package_metadata)


def scratch_dir(root: str, flow: str, run_id: str) -> Path:
    """Folder on shared storage that a run uses and removes again."""
    return Path(root).absolute() / SCRATCH / flow / str(run_id)


def unpack(scratch: Path, saved: SavedPackage, package: Any) -> Path:
    """Unpack for all tasks of the run: `user` to be copied, `.mf_code` to be linked.

    The interpreters of the tasks then share one copy of Metaflow with its compiled files.
    """
    target = scratch / saved.sha[:16]
    if target.exists():
        return target
    scratch.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=scratch))
    _extract(package, saved, work / "user")
    code = work / "user" / ".mf_code"
    if code.is_dir():
        code.rename(work / ".mf_code")
        compiled.bring(work / ".mf_code")
    work.chmod(0o755)
    work.rename(target)
    return target


def _extract(package: Any, saved: SavedPackage, folder: Path) -> None:
    folder.mkdir()
    archive = folder.parent / "job.tar"
    archive.write_bytes(bytes(package.blob))
    commands = package.get_extract_commands(saved.metadata, str(archive), dest_dir=".")
    done = subprocess.run(["sh", "-c", " && ".join(commands)], cwd=folder, capture_output=True, text=True, check=False)
    archive.unlink()
    if done.returncode:
        reason = done.stderr.strip() or f"exit code {done.returncode}"
        raise NomadException(
            f"The code package could not be unpacked in {folder}: {reason}.", code="NOMAD_E_LAUNCH_INTERNAL"
        )


def remove(scratch: Path) -> None:
    """Remove the run's folder, and its parents where no other run uses them."""
    shutil.rmtree(scratch, ignore_errors=True)
    for parent in list(scratch.parents)[:2]:
        try:
            os.rmdir(parent)  # noqa: PTH106
        except OSError:
            return
