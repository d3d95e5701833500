"""
Objects of S3 read and written by the steps themselves, beside Metaflow's own datastore there.

    python examples/s3_flow.py --datastore s3 run --at s3://my-bucket/demo

Your credentials reach the task through a Nomad variable of the job's own; where the nodes have a role, set none.
"""

from metaflow import S3, FlowSpec, Parameter, nomad, step


class S3Flow(FlowSpec):
    """Writes on one node what another reads."""

    at = Parameter("at", required=True, help="where to put the objects: s3://bucket/prefix")

    @nomad(cpu=200, memory=512)
    @step
    def start(self):
        with S3(s3root=self.at) as s3:
            self.url = s3.put("greeting", "hello from one node")
        self.next(self.read)

    @nomad(cpu=200, memory=512)
    @step
    def read(self):
        with S3() as s3:
            self.text = s3.get(self.url).text
        self.next(self.end)

    @step
    def end(self):
        print(f"{self.url}: {self.text}")


if __name__ == "__main__":
    S3Flow()
