# Runs flows: submit, follow, copy the output, list, stop; credentials stay out of jobs (docs/acl.md).
namespace "default" {
  capabilities = ["submit-job", "read-job", "list-jobs", "read-logs"]

  variables {
    path "nomad/jobs/*" {
      capabilities = ["write", "destroy"]
    }
  }
}
