import assert from "node:assert/strict";
import { catalogue, createNomadClient } from "metaflow-nomad/client";
import { acl, around, drain, nodes, operator, places, raw, servers, variables, volumes } from "./cluster.mts";
import { jobs, parents, versions } from "./jobs.mts";
import { allocations, deployments, events, output, wholeLog } from "./running.mts";
import { fails, noting, used } from "./tools.mts";

const parts = { jobs, versions, parents, allocations, output, around, wholeLog, events, deployments };
const rest = { places, variables, volumes, nodes, acl, servers, raw, operator, drain };

/** NOMAD_ADDR and NOMAD_TOKEN say where: nothing is set up. */
await using nomad = createNomadClient();
const noted = noting(nomad);
for (const [name, part] of Object.entries({ ...parts, ...rest })) {
  const started = performance.now();
  try {
    await part(noted);
    if (process.env["TIMES"]) console.error(name, Math.round(performance.now() - started));
  } catch (error) {
    console.error(`in ${name}:`, error);
    process.exitCode = 1;
  }
}

// Many calls at once share few connections, and warn of nothing.
const many = await Promise.all(Array.from({ length: 60 }, () => nomad.jobs.list()));
assert.equal(many.length, 60);

// An abort ends a wait with its own reason; a closed client ends what is under way.
const { index } = await nomad.jobs.list().reply();
const abort = new AbortController();
const waiting = nomad.jobs.list({ index: index + 1_000_000, signal: abort.signal }).reply();
abort.abort(new Error("enough"));
await assert.rejects(waiting, /enough/);
const other = createNomadClient();
const left = other.jobs.list({ index: index + 1_000_000 }).reply();
const ended = assert.rejects(left, { name: "AbortError" });
await other[Symbol.asyncDispose]();
await ended;

// Somebody else's token; nobody there.
await using stranger = createNomadClient({ address: nomad.address, token: "00000000-0000-0000-0000-000000000000" });
await fails(stranger.jobs.list(), "NOMAD_E_API_BAD_TOKEN");
await using nobody = createNomadClient({ address: "http://127.0.0.1:1" });
await fails(nobody.status.leader(), "NOMAD_E_TRANSPORT_UNREACHABLE");
assert.equal(catalogue.NOMAD_E_TRANSPORT_UNREACHABLE.retryable, true);

process.stdout.write(JSON.stringify([...used].sort()));
