python your_flow.py nomad list --help
