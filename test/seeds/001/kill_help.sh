python your_flow.py nomad kill --help
