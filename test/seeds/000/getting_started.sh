# Start Nomad dev agent
nomad agent -dev
# Verify Nomad is running
curl http://localhost:4646/v1/agent/self
# Clone and install
git clone https://github.com/prabindersinghh/metaflow-nomad
cd metaflow-nomad
pip install -e .
# Run example flow
python examples/basic_flow.py run
