# Runs flows with @worker_pool: beyond preflight, the launcher speaks to its workers, and reads what a dead one left (docs/acl.md).
namespace "default" {
  capabilities = ["submit-job", "read-job", "list-jobs", "read-logs", "read-fs", "alloc-exec"]

  variables {
    path "nomad/jobs/*" {
      capabilities = ["write", "destroy"]
    }
  }
}

agent {
  policy = "read"
}

node {
  policy = "read"
}
