// A process of its own that says when it first sees each allocation at its end: `witness ADDRESS blocking|poll PREFIX`.
const [address = "", way = "", prefix = ""] = process.argv.slice(2);
const seen = new Set<string>();
let index = 1;

interface Stub {
  readonly ID: string;
  readonly JobID: string;
  readonly ClientStatus: string;
}

for (;;) {
  const wait = way === "blocking" ? `&index=${String(index)}&wait=60s` : "";
  const reply = await fetch(`${address}/v1/allocations?task_states=false${wait}`);
  const allocations = (await reply.json()) as Stub[];
  const at = Date.now();
  index = Math.max(1, Number(reply.headers.get("x-nomad-index")));
  for (const { ID, JobID, ClientStatus } of allocations) {
    if (!JobID.startsWith(prefix) || seen.has(ID) || !["complete", "failed"].includes(ClientStatus)) continue;
    seen.add(ID);
    process.stdout.write(`${JSON.stringify({ jobId: JobID, at })}\n`);
  }
  if (way === "poll") await new Promise((resolve) => setTimeout(resolve, 1_000));
}
