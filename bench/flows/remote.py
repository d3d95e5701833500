"""@remote: each task a Nomad job of its own, with the command line that Metaflow's @kubernetes gives its containers.

What a backend of today costs, as a peer. It is spared what only makes it slower: that a whole Metaflow waits for each
task on the submitter's side, reads its log from the datastore, and fetches its metadata from there.
"""

import json
import os
import shlex
import sys
from functools import partial
from pathlib import Path

from metaflow.decorators import StepDecorator, _base_step_decorator
from metaflow.metadata_provider.util import sync_local_metadata_to_datastore
from metaflow.metaflow_config import DATASTORE_LOCAL_DIR
from metaflow.sidecar import Sidecar

CLIENT = str(Path(__file__).resolve().parent / "remote_client.py")
WORKLOAD = "REMOTE_WORKLOAD"
PASSED_ON = ("AWS_", "METAFLOW_S3_", "METAFLOW_DATASTORE_SYSROOT_S3", "METAFLOW_DATATOOLS_S3ROOT", "METAFLOW_SKIP_")


class RemoteDecorator(StepDecorator):
    name = "remote"
    package_url = package_sha = None

    def step_init(self, flow, graph, step_name, decorators, environment, flow_datastore, logger):
        self.flow_name, self.step_name = flow.name, step_name
        self.environment, self.flow_datastore = environment, flow_datastore

    def runtime_init(self, flow, graph, package, run_id):
        self.package, self.run_id = package, run_id

    def runtime_task_created(self, task_datastore, task_id, split_index, input_paths, is_cloned, ubf_context):
        self.task_id = task_id
        if self.package_url is None:
            type(self).package_url, type(self).package_sha = self.flow_datastore.save_data(
                [self.package.blob], len_hint=1
            )[0]

    def runtime_step_cli(self, cli_args, retry_count, max_user_code_retries, ubf_context):
        # Not at the top: the tasks import this file, too.
        from metaflow.plugins.kubernetes.kubernetes import Kubernetes

        cli_args.top_level_options.pop("local-config-file", None)
        words = cli_args.get_args()[len(cli_args.entrypoint) :]
        flow_file = Path(sys.argv[0]).name
        start = f"{self.environment.executable(self.step_name, None)} -u {flow_file}"
        task_id = cli_args.command_options["task-id"]
        command = Kubernetes(self.flow_datastore, None, self.environment)._command(
            self.flow_name,
            self.run_id,
            self.step_name,
            task_id,
            str(retry_count),
            self.package.package_metadata,
            self.package_url,
            [" ".join([start, *map(shlex.quote, map(str, words))])],
        )
        job_id = f"remote-{self.run_id}-{task_id}"
        file = Path(os.environ["TMPDIR"], job_id + ".json")
        file.write_text(json.dumps(self._job(job_id, command, flow_file)))
        cli_args.entrypoint[:] = [sys.executable, "-I", "-S", CLIENT, os.environ["REMOTE_ADDRESS"], str(file)]

    def task_pre_step(
        self, step_name, task_datastore, metadata, run_id, task_id, flow, graph, retry_count, max_retries, ubf, inputs
    ):
        self.metadata, self.task_datastore = metadata, task_datastore
        if WORKLOAD in os.environ:
            self.sidecar = Sidecar("save_logs_periodically")
            self.sidecar.start()

    def task_finished(self, step_name, flow, graph, is_task_ok, retry_count, max_retries):
        if WORKLOAD in os.environ:
            sync_local_metadata_to_datastore(DATASTORE_LOCAL_DIR, self.task_datastore)
            self.sidecar.terminate()

    def _job(self, job_id, command, flow_file):
        env = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        env.update(
            {
                "METAFLOW_CODE_METADATA": self.package.package_metadata,
                "METAFLOW_CODE_SHA": self.package_sha,
                "METAFLOW_CODE_URL": self.package_url,
                "METAFLOW_CODE_DS": "s3",
                "METAFLOW_USER": os.environ["METAFLOW_USER"],
                "METAFLOW_RUN_ID": str(self.run_id),
                "METAFLOW_DEFAULT_DATASTORE": "s3",
                "METAFLOW_DEFAULT_METADATA": "local",
                "METAFLOW_FLOW_FILENAME": flow_file,
                WORKLOAD: "1",
            }
        )
        config = {
            "image": os.environ["REMOTE_IMAGE"],
            "command": command[0],
            "args": command[1:],
            "network_mode": "host",
        }
        task = {
            "Name": "task",
            "Driver": "docker",
            # Nomad would take what looks like its own variables for its own.
            "Config": {**config, "args": [word.replace("${", "$${") for word in config["args"]]},
            "Env": env,
            "Resources": {"CPU": 50, "MemoryMB": 512},
        }
        group = {
            "Name": "group",
            "Tasks": [task],
            "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
            "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
        }
        return {"Job": {"ID": job_id, "Type": "batch", "Datacenters": ["*"], "TaskGroups": [group]}}


remote = partial(_base_step_decorator, RemoteDecorator)
