# Runs flows, checks the cluster, and works on what others run: commands in tasks, files, single allocations, nodes (docs/acl.md).
namespace "default" {
  capabilities = [
    "submit-job",
    "dispatch-job",
    "read-job",
    "list-jobs",
    "read-logs",
    "read-fs",
    "alloc-exec",
    "alloc-node-exec",
    "alloc-lifecycle",
  ]

  variables {
    path "nomad/jobs/*" {
      capabilities = ["list", "read", "write", "destroy"]
    }
  }
}

agent {
  policy = "read"
}

node {
  policy = "write"
}
