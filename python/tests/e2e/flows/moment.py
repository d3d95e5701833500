"""What `current` says in a task, all of it; the same in a local run and on Nomad."""

import os

from metaflow import FlowSpec, card, current, project, step

NAMES = (
    "is_running_flow flow_name run_id step_name retry_count origin_run_id pathspec namespace username tempdir "
    "project_name branch_name project_flow_name is_production is_user_branch parameter_names"
).split()


@project(name="moments")
class MomentFlow(FlowSpec):
    @card(type="blank")
    @step
    def start(self):
        self.now = {name: getattr(current, name) for name in NAMES}
        self.now["task_id"] = current.task_id
        self.now["tags"] = sorted(current.tags)
        self.now["run"], self.now["task"] = current.run.pathspec, current.task.pathspec
        self.now["card"] = type(current.card).__name__
        self.now["get"] = current.get("nothing", "a default")
        self.now["here"] = os.environ.get("NOMAD_TASK_NAME")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    MomentFlow()
