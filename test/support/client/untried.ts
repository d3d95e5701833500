/** Methods that no test calls on a real agent, and why; a test of what they send stands in for that. */
export const untried: Readonly<Record<string, string>> = {
  "allocations.pauseState": "Enterprise",
  "allocations.setPauseState": "Enterprise",
  "volumes.csi.delete": "needs a CSI plugin",
  "volumes.csi.detach": "needs a CSI plugin",
  "volumes.csi.deleteSnapshot": "needs a CSI plugin",
  "agent.setServers": "needs an agent that is a client only",
  "agent.gossipKeys": "needs gossip encryption",
  "agent.installGossipKey": "needs gossip encryption",
  "agent.useGossipKey": "needs gossip encryption",
  "agent.removeGossipKey": "needs gossip encryption",
};
