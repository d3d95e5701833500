/** Method and path (below `/v1`) of calls, and the right that Nomad checks for them, as a policy writes it. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/^POST \/jobs\/parse/, "parse-job or submit-job"],
  [/^(PUT|POST) \/job\/[^/]+\/dispatch/, "dispatch-job"],
  [/^(PUT|POST) \/job\/[^/]+\/scale/, "scale-job or submit-job"],
  [/^(PUT|POST|DELETE) \/jobs?\b/, "submit-job"],
  [/^GET \/jobs\b/, "list-jobs"],
  [/^GET \/client\/allocation\/[^/]+\/exec/, "alloc-exec (and alloc-node-exec, for tasks of raw_exec)"],
  [/^(PUT|POST) \/(client\/)?allocation\//, "alloc-lifecycle"],
  [/^GET \/client\/fs\/logs\//, "read-logs"],
  [/^GET \/client\/fs\//, "read-fs"],
  [/^GET \/(job|allocations?|evaluations?|deployments?|services?|event|client\/allocation)\b/, "read-job"],
  [/^(PUT|POST) \/var\//, 'write for the path in "variables"'],
  [/^DELETE \/var\//, 'destroy for the path in "variables"'],
  [/^GET \/var\//, 'read for the path in "variables"'],
  [/^GET \/vars\b/, 'list for the path in "variables"'],
  [/^(PUT|POST|DELETE) \/node\//, "node:write"],
  [/^GET \/nodes?\b/, "node:read"],
  [/^GET \/agent\//, "agent:read"],
  [/^(PUT|POST) \/agent\//, "agent:write"],
  [/^GET \/operator\//, "operator:read"],
  [/^(PUT|POST|DELETE) \/(operator|system)\//, "operator:write"],
  [/^\w+ \/acl\//, "of a management token"],
];

/** The right a call takes; undefined where it is not known. Source: the API's pages at developer.hashicorp.com/nomad/api-docs */
export function neededRight(call: string): string | undefined {
  return rules.find(([pattern]) => pattern.test(call))?.[1];
}
