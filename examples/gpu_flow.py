"""
A step on a GPU.

    python examples/gpu_flow.py run

`gpu=1` asks for one device of the kind that the site's `gpu.device` names (`nvidia/gpu` unless it says otherwise).
`constraints` narrow down the nodes; those of one device stand in it: `gpu={"count": 1, "constraints": [...]}`.
"""

import os
import subprocess

from metaflow import FlowSpec, nomad, step


class GpuFlow(FlowSpec):
    """Shows which device the step was given."""

    @nomad(gpu=1, cpu=500, memory=512, constraints=[{"attribute": "${attr.kernel.name}", "value": "linux"}])
    @step
    def start(self):
        # Nomad's device plugin says which device it is; for NVIDIA, CUDA sees that one and no other.
        self.devices = {name: value for name, value in os.environ.items() if "DEVICE" in name}
        print("devices:", self.devices)
        if "NVIDIA_VISIBLE_DEVICES" in os.environ:
            print(subprocess.run(["nvidia-smi"], capture_output=True, text=True, check=False).stdout)
        self.next(self.end)

    @step
    def end(self):
        print("done")


if __name__ == "__main__":
    GpuFlow()
