python your_flow.py nomad list --run-id 1678886400123456
