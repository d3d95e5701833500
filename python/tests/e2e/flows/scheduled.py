"""A flow for a production scheduler, with two steps on Nomad."""

from metaflow import FlowSpec, nomad, schedule, step, trigger


@schedule(daily=True)
@trigger(event="data")
class ScheduledFlow(FlowSpec):
    @nomad
    @step
    def start(self):
        self.next(self.end)

    @nomad
    @step
    def end(self):
        pass


if __name__ == "__main__":
    ScheduledFlow()
