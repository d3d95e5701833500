import { coverage } from "./coverage.js";
import { endpointOf, sentBy } from "./endpoints.js";
import { untried } from "./untried.js";

const head = (nomad: string, covered: number, all: number) => `# The client's endpoints, beside Nomad's Go API

<!-- Written by UPDATE_DOCS=1 vitest run --project=unit test/architecture/client-endpoints.test.ts. -->

Every method of every handle of Nomad's Go API (\`github.com/hashicorp/nomad/api\`, as Nomad ${nomad} is built with it here), the method of
[\`metaflow-nomad/client\`](client.md) that makes the same call, and the call that this one really sends. ${String(covered)} of ${String(all)} are covered. "Tried"
says that the tests call it on a real agent; what they cannot is tested by what it sends.

`;

/** docs/client-endpoints.md. */
export async function endpointsPage(nomad: string, goMethods: readonly string[]): Promise<string> {
  const rows = await Promise.all(goMethods.map(rowOf));
  const covered = goMethods.filter((method) => coverage[method]?.startsWith("-") === false).length;
  const table = ["| Go | here | sends | tried |", "|---|---|---|---|", ...rows].join("\n");
  return `${head(nomad, covered, goMethods.length)}${table}\n`;
}

async function rowOf(method: string): Promise<string> {
  const ours = coverage[method] ?? "?";
  if (ours.startsWith("-")) return `| \`${method}\` | not covered (${ours.slice(2)}) | | |`;
  const tried = untried[ours] === undefined ? "yes" : `no: ${untried[ours]}`;
  return `| \`${method}\` | \`${ours}\` | \`${endpointOf(await sentBy(ours))}\` | ${tried} |`;
}
