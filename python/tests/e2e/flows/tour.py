"""Every feature of Metaflow that @nomad has to get right, in one run."""

import os
import time

from metaflow import FlowSpec, Parameter, catch, current, environment, nomad, resources, retry, step, timeout

ODD = "a $b ${c} %{d} \\ \" ' \n ü"


class TourFlow(FlowSpec):
    width = Parameter("width", default=1)
    text = Parameter("text", default="")

    @nomad(
        namespace="e2e",
        datacenters=["dc1", "elsewhere"],
        node_pool="all",
        priority=70,
        cpu=310,
        meta={"team": "a,b=c"},
        env={"ODD": ODD, "WHERE": "${node.unique.name}", "DC": "${NOMAD_DC}"},
    )
    @step
    def start(self):
        self.env = {name: os.environ.get(name) for name in ("ODD", "WHERE", "DC", "NOMAD_JOB_NAME", "NOMAD_NAMESPACE")}
        self.now = {
            "flow": current.flow_name,
            "run": current.run_id,
            "step": current.step_name,
            "task": current.task_id,
            "attempt": current.retry_count,
            "user": current.username,
            "origin": current.origin_run_id,
            "pathspec": current.pathspec,
            "namespace": current.namespace,
            "parameters": sorted(current.parameter_names),
            "tags": sorted(current.tags),
        }
        self.next(self.fan, self.flaky, self.dying, self.late)

    @step
    def fan(self):
        self.letters = ["a", "b"]
        self.next(self.letter, foreach="letters")

    @step
    def letter(self):
        self.numbers = list(range(self.width))
        self.next(self.number, foreach="numbers")

    @nomad
    @step
    def number(self):
        outer, inner = self.foreach_stack()
        assert inner[2] == self.input
        self.label = f"{outer[2]}{self.input}"
        self.next(self.numbers_join)

    @nomad
    @resources(cpu=0.3, memory=300)
    @step
    def numbers_join(self, inputs):
        self.names = [one.label for one in inputs]
        self.next(self.letters_join)

    @step
    def letters_join(self, inputs):
        self.names = sorted(name for one in inputs for name in one.names)
        self.next(self.gather)

    @environment(vars={"ABOVE": ODD})
    @retry(times=2, minutes_between_retries=0.01)
    @nomad(cpu=300)
    @resources(cpu=1, memory=300)
    @step
    def flaky(self):
        print("flaky attempt", current.retry_count)
        if current.retry_count < 2:
            raise ValueError(f"attempt {current.retry_count} fails")
        self.attempt, self.above = current.retry_count, os.environ["ABOVE"]
        self.next(self.gather)

    @catch(var="died")
    @retry(times=1, minutes_between_retries=0)
    @nomad
    @environment(vars={"BELOW": ODD})
    @step
    def dying(self):
        assert os.environ["BELOW"] == ODD
        os._exit(9)
        self.next(self.gather)

    @catch(var="timed_out", print_exception=False)
    @timeout(seconds=1)
    @retry(times=0)
    @nomad
    @step
    def late(self):
        try:
            time.sleep(30)
        finally:
            print("cleaned up", flush=True)
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.names, self.attempt, self.above = inputs.letters_join.names, inputs.flaky.attempt, inputs.flaky.above
        self.died, self.timed_out = str(inputs.dying.died), str(inputs.late.timed_out)
        self.merge_artifacts(inputs, include=["now", "env"])
        self.next(self.end)

    @nomad
    @step
    def end(self):
        print("the text is", self.text)


if __name__ == "__main__":
    TourFlow()
