import type { Job } from "../../core/model/job.js";
import { type FakeCluster, keyOf } from "./cluster.js";

/** One call of the fake. */
export interface FakeCall {
  readonly method: string;
  /** Below `/v1`, percent-encoded as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly token?: string;
}

/** A whole reply. */
export interface FakeReply {
  readonly status: number;
  readonly text: string;
}

const json = (value: unknown): FakeReply => ({ status: 200, text: JSON.stringify(value) });
const refuse = (status: number, text: string): FakeReply => ({ status, text });
const missing = refuse(404, "job not found");

/** What every call is refused for: the region, the token. In Nomad's words. */
export function refusal({ query, token }: FakeCall, wanted: string | undefined): FakeReply | undefined {
  if (!["global", null].includes(query.get("region"))) return refuse(500, "No path to region");
  if (wanted === undefined || token === wanted) return undefined;
  return refuse(403, token === undefined ? "Permission denied" : "ACL token not found");
}

type Route = (call: FakeCall, cluster: FakeCluster, part: string) => FakeReply;

/** Endpoints by method and path; groups of the path are percent-decoded. Source: https://developer.hashicorp.com/nomad/api-docs */
const routes: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ["GET", /^\/jobs$/, (call, cluster) => json(inPlace([...cluster.jobs.values()].map(stub), call))],
  ["PUT", /^\/jobs$/, register],
  [
    "GET",
    /^\/job\/([^/]+)$/,
    (call, cluster, id) =>
      ofJob(call, cluster, id, ({ job, modifyIndex }) => ({ ...job, JobModifyIndex: modifyIndex, Status: "running" })),
  ],
  ["DELETE", /^\/job\/([^/]+)$/, stop],
  [
    "GET",
    /^\/job\/([^/]+)\/allocations$/,
    (call, cluster, id) =>
      json([...cluster.allocations.values()].filter((one) => one.JobID === id && isIn(call, one.Namespace))),
  ],
  [
    "GET",
    /^\/job\/([^/]+)\/evaluations$/,
    (call, cluster, id) =>
      json([...cluster.evaluations.values()].filter((one) => one.JobID === id && isIn(call, one.Namespace))),
  ],
  ["PUT", /^\/job\/([^/]+)\/plan$/, () => json({ FailedTGAllocs: null, Warnings: "", JobModifyIndex: 0 })],
  ["GET", /^\/allocations$/, (call, cluster) => json(filtered([...cluster.allocations.values()], call))],
  ["GET", /^\/evaluations$/, (call, cluster) => json(filtered([...cluster.evaluations.values()], call))],
  ["GET", /^\/allocation\/([^/]+)$/, (_call, cluster, id) => found(cluster.allocations.get(id), "alloc not found")],
  ["GET", /^\/evaluation\/([^/]+)$/, (_call, cluster, id) => found(cluster.evaluations.get(id), "eval not found")],
  [
    "PUT",
    /^\/var\/(.+)$/,
    (call, cluster, path) => (cluster.variables.set(keyOf(namespaceOf(call), path), call.body), json(call.body)),
  ],
  [
    "GET",
    /^\/var\/(.+)$/,
    (call, cluster, path) => found(cluster.variables.get(keyOf(namespaceOf(call), path)), "variable not found"),
  ],
  [
    "DELETE",
    /^\/var\/(.+)$/,
    (call, cluster, path) => (cluster.variables.delete(keyOf(namespaceOf(call), path)), refuse(200, "")),
  ],
  ["GET", /^\/regions$/, () => json(["global"])],
  ["GET", /^\/status\/leader$/, () => json("127.0.0.1:4647")],
  ["GET", /^\/nodes$/, (_call, cluster) => json([node(cluster)])],
  ["GET", /^\/node\/([^/]+)$/, (_call, cluster) => json(node(cluster))],
];

/** The reply to a call. */
export function answer(call: FakeCall, cluster: FakeCluster, version: string): FakeReply {
  if (call.path === "/agent/self") return json({ config: { Version: { Version: version } }, member: {}, stats: {} });
  for (const [method, path, route] of routes) {
    const match = path.exec(call.path);
    const same = method === call.method || (method === "PUT" && call.method === "POST");
    if (match !== null && same) return route(call, cluster, decodeURIComponent(match[1] ?? ""));
  }
  return refuse(404, `the fake Nomad has no ${call.method} ${call.path}`);
}

function register({ body }: FakeCall, cluster: FakeCluster): FakeReply {
  const {
    Job: job,
    EnforceIndex: enforce,
    JobModifyIndex: index = 0,
  } = body as {
    Job: Partial<Omit<Job, "TaskGroups">> & { TaskGroups?: readonly unknown[] };
    EnforceIndex?: boolean;
    JobModifyIndex?: number;
  };
  if ((job.TaskGroups ?? []).length === 0) return refuse(500, "1 error occurred:\n\t* Missing job task groups\n\n");
  const whole = { ...job, Namespace: job.Namespace ?? "default" } as unknown as Job;
  const known = cluster.jobs.get(keyOf(whole.Namespace, whole.ID));
  if (enforce === true && index === 0 && known !== undefined)
    return refuse(500, `Enforcing job modify index ${index}: job already exists`);
  const EvalID = cluster.register(whole);
  return json({
    EvalID,
    EvalCreateIndex: cluster.index,
    JobModifyIndex: cluster.index,
    Warnings: "",
    Index: cluster.index,
  });
}

function stop(call: FakeCall, cluster: FakeCluster, id: string): FakeReply {
  const EvalID = cluster.deregister(namespaceOf(call), id, call.query.get("purge") === "true");
  return json({ EvalID, EvalCreateIndex: cluster.index, JobModifyIndex: cluster.index, Index: cluster.index });
}

function ofJob(
  call: FakeCall,
  { jobs }: FakeCluster,
  id: string,
  read: (job: { job: Job; modifyIndex: number }) => unknown,
): FakeReply {
  const known = jobs.get(keyOf(namespaceOf(call), id));
  return known === undefined ? missing : json(read(known));
}

function stub({ job, modifyIndex }: { job: Job; modifyIndex: number }) {
  const { ID, Name, Namespace, Type, Meta } = job;
  return { ID, Name, Namespace, Type, Meta, Status: "running", ModifyIndex: modifyIndex };
}

function inPlace<T extends { ID: string; Namespace: string }>(all: readonly T[], call: FakeCall): T[] {
  const prefix = call.query.get("prefix") ?? "";
  return all.filter(({ ID, Namespace }) => ID.startsWith(prefix) && isIn(call, Namespace));
}

/** Of Nomad's filter expressions, the one that asks for jobs by their IDs. */
function filtered<T extends { JobID: string; Namespace: string }>(all: readonly T[], call: FakeCall): T[] {
  const [, pattern] = /^JobID matches `(.*)`$/.exec(call.query.get("filter") ?? "") ?? [];
  const wanted = pattern === undefined ? /^/ : new RegExp(pattern.replaceAll(/\\x\{([0-9a-f]+)\}/g, "\\u{$1}"), "u");
  const limit = Number(call.query.get("per_page") ?? all.length);
  return all.filter(({ JobID, Namespace }) => wanted.test(JobID) && isIn(call, Namespace)).slice(0, limit);
}

const found = (value: unknown, otherwise: string) => (value === undefined ? refuse(404, otherwise) : json(value));
const namespaceOf = ({ query }: FakeCall) => query.get("namespace") ?? "default";
const isIn = (call: FakeCall, namespace: string) => ["*", namespace].includes(namespaceOf(call));

function node({ nodeId }: FakeCluster) {
  const healthy = { Detected: true, Healthy: true };
  const Drivers = { raw_exec: healthy, exec: healthy, docker: healthy, java: healthy, mock_driver: healthy };
  const common = { ID: nodeId, Name: "fake-1", Datacenter: "dc1", NodePool: "default", Status: "ready" };
  return { ...common, SchedulingEligibility: "eligible", Drain: false, Drivers, Version: "1.11.0" };
}
