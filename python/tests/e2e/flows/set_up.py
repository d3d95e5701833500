"""How a flow is set up: Config, IncludeFile, decorators that add @nomad, and a hook at the end."""

import os

from metaflow import (
    Config,
    FlowMutator,
    FlowSpec,
    IncludeFile,
    StepMutator,
    config_expr,
    exit_hook,
    nomad,
    step,
)


def tell(run):
    print("the hook saw", run.id if run else None, "on Nomad:", os.environ.get("NOMAD_TASK_NAME"))


class remote(StepMutator):  # noqa: N801
    def init(self, *, meta):
        self.meta = meta

    def mutate(self, mutable_step):
        mutable_step.add_decorator(nomad, deco_kwargs={"cpu": 410, "driver": "raw_exec", "meta": {"by": self.meta}})


class everywhere(FlowMutator):  # noqa: N801
    def pre_mutate(self, mutable_flow):
        for name, one in mutable_flow.steps:
            if name in mutable_flow.settings.remote:
                one.add_decorator("nomad", deco_kwargs=dict(mutable_flow.settings.added))


@exit_hook(on_success=[tell])
@everywhere
class SetUpFlow(FlowSpec):
    settings = Config("settings", required=True)
    note = IncludeFile("note", default="note.txt")

    @nomad(image=settings.image, cpu=settings.cpu, memory=config_expr("settings.memory * 2"), meta=settings.meta)
    @step
    def start(self):
        self.seen = {"note": self.note, "setting": self.settings.text}
        self.next(self.unpacked)

    @nomad(**settings.given)
    @step
    def unpacked(self):
        self.next(self.by_step)

    @remote(meta="a step's mutator")
    @step
    def by_step(self):
        self.next(self.by_flow)

    @step
    def by_flow(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    SetUpFlow()
