"""Small parts of what stands beside @nomad: providers of secrets, and local metadata that travels."""

import io
import json
import tarfile
import types
from pathlib import Path

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad import endings, task_env, task_side

KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_DEFAULT_REGION": "r", "AZURE_CLIENT_ID": "i", "AZURE_CLIENT_SECRET": "s"}


@pytest.mark.parametrize(
    ("source", "plain", "secret"),
    [
        ("aws-secrets-manager.db", {"AWS_DEFAULT_REGION": "r"}, {"AWS_ACCESS_KEY_ID": "a"}),
        ({"type": "az-key-vault", "id": "db"}, {"AZURE_CLIENT_ID": "i"}, {"AZURE_CLIENT_SECRET": "s"}),
        ({"type": "inline", "id": "db"}, {}, {}),
        ({"type": "no-such-provider", "id": "db"}, {}, {}),
        ("no dot and no default", {}, {}),
        (None, {}, {}),
    ],
)
def test_what_a_provider_needs(monkeypatch, source, plain, secret):
    for name in (*task_env._CLOUD["s3"], *task_env._CLOUD_SECRETS["s3"]):
        monkeypatch.delenv(name, raising=False)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    secrets = types.SimpleNamespace(name="secrets", attributes={"sources": [source]})
    other = types.SimpleNamespace(name="resources", attributes={})
    assert task_env.provider_env([other, secrets]) == (plain, secret)
    assert task_env.provider_env([other]) == ({}, {})


def archive(files):
    buffer = io.BytesIO()
    with tarfile.open(mode="w:gz", fileobj=buffer) as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(f".metaflow/{name}")
            info.size, info.mtime = len(text), 2**31
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def test_a_task_does_not_say_what_its_run_is(tmp_path, monkeypatch):
    """Tags that were added while the task ran stay; what the submitter does not know comes along."""
    storage = "metaflow.plugins.datastores.local_storage.LocalStorage.get_datastore_root_from_config"
    monkeypatch.setattr(storage, lambda *_, **__: str(tmp_path))
    known = tmp_path / "F" / "1" / "_meta" / "_self.json"
    known.parent.mkdir(parents=True)
    known.write_text("with a new tag")
    sent = {"F/1/_meta/_self.json": "as it began", "F/1/s/2/_meta/_self.json": "new", "F/1/s/2/_meta/x.json": "y"}
    endings._unpack_metadata(archive(sent))
    assert known.read_text() == "with a new tag"
    found = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*.json")}
    assert found == {**sent, "F/1/_meta/_self.json": "with a new tag"}


@pytest.mark.parametrize(
    ("metadata", "datastore", "known"), [("local", "s3", 4), ("local", "local", 0), ("service", "s3", 0)]
)
def test_a_task_knows_itself(tmp_path, monkeypatch, metadata, datastore, known):
    from metaflow.plugins.metadata_providers.local import LocalMetadataProvider

    monkeypatch.setattr(
        LocalMetadataProvider, "_make_path", lambda *parts, **_: str(Path(tmp_path, *filter(None, parts)))
    )
    provider = LocalMetadataProvider.__new__(LocalMetadataProvider)
    provider.__dict__.update(TYPE=metadata, _flow_name="F", sticky_tags={"a:1"}, sticky_sys_tags=set())
    task_side.make_known(provider, types.SimpleNamespace(TYPE=datastore), "1", "s", "2")
    found = sorted(tmp_path.rglob("_self.json"))
    assert len(found) == known
    assert [json.loads(path.read_text()).get("tags") for path in found] == [["a:1"], ["a:1"], ["a:1"], None][:known]
