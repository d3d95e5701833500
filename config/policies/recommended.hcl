# With it, credentials stay out of jobs, the server's version is checked, and the largest node is known (docs/setup.md).
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
