"""The environment of a task: what Metaflow needs there, what the user asked for, and what must stay secret."""

from __future__ import annotations

import contextlib
import json
import os
import re
from typing import Any

WORKLOAD = "METAFLOW_NOMAD_WORKLOAD"
TIME_LIMIT = "METAFLOW_NOMAD_TIME_LIMIT"

_CONFIG = (
    "DATASTORE_SYSROOT_S3", "DATASTORE_SYSROOT_AZURE", "DATASTORE_SYSROOT_GS", "DATATOOLS_S3ROOT", "CARD_S3ROOT",
    "CARD_AZUREROOT", "CARD_GSROOT", "S3_ENDPOINT_URL", "S3_VERIFY_CERTIFICATE", "S3_SERVER_SIDE_ENCRYPTION",
    "AZURE_STORAGE_BLOB_SERVICE_ENDPOINT", "DEFAULT_SECRETS_BACKEND_TYPE", "DEFAULT_SECRETS_ROLE",
    "AWS_SECRETS_MANAGER_DEFAULT_REGION", "AWS_SECRETS_MANAGER_DEFAULT_ROLE",
    "GCP_SECRET_MANAGER_PREFIX", "AZURE_KEY_VAULT_PREFIX", "DEFAULT_AWS_CLIENT_PROVIDER", "DEFAULT_GCP_CLIENT_PROVIDER",
    "DEFAULT_AZURE_CLIENT_PROVIDER", "OTEL_ENDPOINT", "OTEL_SERVICE_NAME",
)  # fmt: skip
_FROM_ENVIRONMENT = ("METAFLOW_SKIP_INSTALL_DEPENDENCIES", "METAFLOW_S3_WORKER_COUNT", "METAFLOW_INIT_SCRIPT")
_CLOUD: dict[str, tuple[str, ...]] = {
    "s3": (
        "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
        # Servers that are not Amazon's often want "when_required".
        "AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION",
    ),
    "azure": ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_AUTHORITY_HOST"),
    "gs": ("GOOGLE_CLOUD_PROJECT", "STORAGE_EMULATOR_HOST"),
}  # fmt: skip
_CLOUD_SECRETS = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    "azure": ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_STORAGE_CONNECTION_STRING"),
    "gs": (),
}
_SECRET_PROVIDERS = {"aws-secrets-manager": "s3", "az-key-vault": "azure", "gcp-secret-manager": "gs"}
_INTERPOLATED = re.compile(r"\$\{(?:node|attr|meta|device|driver)\.[^}]+\}|\$\{NOMAD_[A-Za-z0-9_]+\}")


def metaflow_env(datastore: str, metadata: str) -> dict[str, str]:
    """Return what every task of a run needs to be part of it; the same for all steps."""
    import metaflow.metaflow_config as config
    from metaflow.metaflow_config_funcs import config_values

    found = {
        "METAFLOW_RUNTIME_ENVIRONMENT": "nomad",
        WORKLOAD: "1",
        "METAFLOW_DEFAULT_DATASTORE": datastore,
        "METAFLOW_DEFAULT_METADATA": metadata,
        "METAFLOW_SERVICE_URL": config.SERVICE_INTERNAL_URL,
        "PYTHONUNBUFFERED": "x",
    }
    found.update({f"METAFLOW_{name}": getattr(config, name, None) for name in _CONFIG})
    found.update(
        {name: value for name, value in config_values() if name.startswith(("METAFLOW_CONDA_", "METAFLOW_DEBUG_"))}
    )
    if metadata == "service":
        found["METAFLOW_SERVICE_RETRY_COUNT"] = config.SERVICE_RETRY_COUNT
    for name in (*_FROM_ENVIRONMENT, *_CLOUD.get(datastore, ())):
        found[name] = os.environ.get(name)
    # METAFLOW_DATASTORE_SYSROOT_LOCAL stays away: a task finds its local root by the .metaflow in its folder.
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


def secret_env(datastore: str) -> dict[str, str]:
    """Return what must not be readable in the job: datastore credentials and service headers."""
    import metaflow.metaflow_config as config

    found = {name: os.environ[name] for name in _CLOUD_SECRETS.get(datastore, ()) if os.environ.get(name)}
    if config.SERVICE_HEADERS:
        found["METAFLOW_SERVICE_HEADERS"] = json.dumps(config.SERVICE_HEADERS)
    return found


def provider_env(decorators: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the providers of a step's @secrets need to get in, wherever the data lies; the secret part apart."""
    from metaflow.plugins.secrets.secrets_spec import SecretSpec

    clouds = set()
    for source in (one for deco in decorators if deco.name == "secrets" for one in deco.attributes["sources"]):
        # What it cannot read, @secrets refuses in its own words, in the task.
        with contextlib.suppress(Exception):
            read = SecretSpec.secret_spec_from_dict if isinstance(source, dict) else SecretSpec.secret_spec_from_str
            clouds.add(_SECRET_PROVIDERS.get(str(read(source, role=None).secrets_backend_type), ""))
    plain, secret = (
        {name: os.environ[name] for cloud in clouds for name in names.get(cloud, ()) if os.environ.get(name)}
        for names in (_CLOUD, _CLOUD_SECRETS)
    )
    return plain, secret


def project() -> dict[str, str]:
    """Return what @project says of this run; empty without it."""
    from metaflow import current

    names = ("project_name", "branch_name", "project_flow_name")
    return {name: str(current.get(name)) for name in names} if current.get("project_name") else {}


def user_env(decorators: Any, nomad_env: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the user's variables, and apart those that Nomad fills in on the node.

    `@environment` is passed byte for byte. In `@nomad(env=…)` a reference such as `${node.unique.name}` is Nomad's.
    """
    plain: dict[str, str] = {}
    for deco in decorators:
        # Read off the decorator: with @environment above @nomad, cli_args.env is still empty in our hook.
        if deco.name == "environment":
            plain.update({name: str(value) for name, value in deco.attributes["vars"].items()})
    interpolated = {name: value for name, value in nomad_env.items() if _INTERPOLATED.search(value)}
    plain.update({name: value for name, value in nomad_env.items() if name not in interpolated})
    return {name: value for name, value in plain.items() if name not in interpolated}, interpolated
