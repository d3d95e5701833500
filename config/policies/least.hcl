# The least ACL policy that runs flows in the namespace default (docs/setup.md).
namespace "default" {
  capabilities = ["submit-job", "read-job", "list-jobs", "read-logs"]
}
