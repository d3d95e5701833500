python your_flow.py nomad kill --job-id my-flow-1678886400123456-stepname-taskid-abcdef
