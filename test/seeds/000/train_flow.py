from metaflow import FlowSpec, step, nomad
class TrainFlow(FlowSpec):
    @nomad(image="python:3.11", cpu=500, memory=1024)
    @step
    def train(self):
        import numpy as np
        self.result = np.random.rand(100).mean()
        self.next(self.end)
    @step
    def end(self):
        print(f"Result: {self.result}")
if __name__ == "__main__":
    TrainFlow()
