# Runs flows, and lets doctor, its probe and each run's preflight see what there is to run on (docs/acl.md).
namespace "default" {
  capabilities = ["submit-job", "read-job", "list-jobs", "read-logs"]

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
