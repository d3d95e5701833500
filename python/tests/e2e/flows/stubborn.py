"""A step that fails once, and is started again by Nomad in the same attempt."""

from metaflow import FlowSpec, current, nomad, step


class StubbornFlow(FlowSpec):
    @nomad(
        restart={"attempts": 1, "delay": "1s"},
        templates=[{"data": 'FROM_TEMPLATE={{ env "node.datacenter" }}\n', "env": True}],
        logs={"max_files": 3, "max_file_size": 5},
        affinities=[{"attribute": "${attr.kernel.name}", "value": "linux"}],
    )
    @step
    def start(self):
        import os

        mark = os.path.join(os.environ["NOMAD_TASK_DIR"], "tried")
        print("try of attempt", current.retry_count, os.environ["FROM_TEMPLATE"])
        if not os.path.exists(mark):
            open(mark, "w").close()
            raise ValueError("the first try fails")
        self.said = "the second try went well"
        self.next(self.end)

    @step
    def end(self):
        print(self.said)


if __name__ == "__main__":
    StubbornFlow()
