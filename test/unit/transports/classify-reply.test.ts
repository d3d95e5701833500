import { describe, expect, it } from "vitest";
import type { CallContext } from "../../../src/transports/call-context.js";
import { classifyReply } from "../../../src/transports/classify-reply.js";

const context: CallContext = {
  address: "http://nomad.test:4646",
  site: "lab",
  call: "GET /job/a%2Fb",
  path: "/job/a%2Fb",
  namespace: "default",
  region: "mars",
  tokenOrigin: "a test",
  token: "t0ken",
  seconds: 30,
};

// Texts of Nomad. Most were seen on real agents (1.11.0 and 1.7.7: a server, and a client that forwards to one); those of expired
// tokens, coded RPC errors, a missing leader and proxies are from Nomad's source (nomad/structs/errors.go) or made up.
const seen: [status: number, text: string, code: string, message: RegExp][] = [
  [400, "Client sent an HTTP request to an HTTPS server.\n", "NOMAD_E_TRANSPORT_PLAIN_TO_TLS", /speaks TLS/],
  [403, "Permission denied", "NOMAD_E_API_FORBIDDEN", /lacks the right/],
  [500, "Permission denied", "NOMAD_E_API_FORBIDDEN", /lacks the right/],
  [500, "rpc error: Permission denied", "NOMAD_E_API_FORBIDDEN", /lacks the right/],
  [403, "ACL token not found", "NOMAD_E_API_BAD_TOKEN", /does not know/],
  [403, "ACL token expired", "NOMAD_E_API_BAD_TOKEN", /does not know/],
  [500, "rpc error: ACL token not found", "NOMAD_E_API_BAD_TOKEN", /does not know/],
  [
    500,
    "failed to resolve ACL token: acl token lookup failed: index error: UUID must be 36 characters",
    "NOMAD_E_API_BAD_TOKEN",
    /does not know/,
  ],
  [
    500,
    "failed to parse signed token: go-jose/go-jose: compact JWS format must have three parts",
    "NOMAD_E_API_BAD_TOKEN",
    /does not know/,
  ],
  [
    500,
    '1 error occurred:\n\t* job "x" is in nonexistent namespace "nope"\n\n',
    "NOMAD_E_API_NAMESPACE",
    /namespace nope/,
  ],
  [
    500,
    'rpc error: 1 error occurred:\n\t* job "x" is in nonexistent namespace "nope"\n\n',
    "NOMAD_E_API_NAMESPACE",
    /namespace nope/,
  ],
  [500, "No path to region", "NOMAD_E_API_REGION", /region mars/],
  [500, "rpc error: No path to region", "NOMAD_E_API_REGION", /region mars/],
  [500, "node not found", "NOMAD_E_API_REFUSED", /node not found/],
  [500, "volume not found: none", "NOMAD_E_API_REFUSED", /volume not found/],
  [500, "no such plugin", "NOMAD_E_API_REFUSED", /no such plugin/],
  [500, "no CSI plugin named: none could be found", "NOMAD_E_API_REFUSED", /no CSI plugin/],
  [500, "Task group volume claim does not exist", "NOMAD_E_API_REFUSED", /does not exist/],
  [500, 'id "x" was not found in the Raft configuration', "NOMAD_E_API_REFUSED", /Raft configuration/],
  [500, "eval broker is enabled; eval broker must be paused to delete evals", "NOMAD_E_API_REFUSED", /must be paused/],
  [500, "active root key cannot be deleted - call rotate first", "NOMAD_E_API_REFUSED", /call rotate first/],
  [501, "Nomad Enterprise only endpoint", "NOMAD_E_API_REFUSED", /Enterprise only/],
  [404, "job not found", "NOMAD_E_API_NOT_FOUND", /no job a\/b /],
  [404, "", "NOMAD_E_API_NOT_FOUND", /no job a\/b /],
  [500, 'Unknown allocation "11111111-1111-1111-1111-111111111111"', "NOMAD_E_API_NOT_FOUND", /no job a\/b /],
  [500, 'rpc error: RPC Error:: 404,Unknown allocation "11111111"', "NOMAD_E_API_NOT_FOUND", /no job a\/b /],
  [
    500,
    "1 error occurred:\n\t* Missing job task groups\n\n",
    "NOMAD_E_API_REFUSED",
    /\(HTTP 500\): Missing job task groups$|Missing job task groups\./,
  ],
  [
    500,
    "rpc error: 1 error occurred:\n\t* Job ID contains a space\n\n",
    "NOMAD_E_API_REFUSED",
    /Job ID contains a space/,
  ],
  [500, "Enforcing job modify index 0: job already exists", "NOMAD_E_API_REFUSED", /job already exists/],
  [500, "alloc lookup failed: index error: UUID must be 36 characters", "NOMAD_E_API_REFUSED", /36 characters/],
  [
    500,
    "Dispatch request included unpermitted metadata keys: [b]",
    "NOMAD_E_API_REFUSED",
    /unpermitted metadata keys: \[b\]/,
  ],
  [500, "rpc error: Dispatch did not provide required meta keys: [date]", "NOMAD_E_API_REFUSED", /\[date\]/],
  [500, "Payload provided but forbidden by parameterized job", "NOMAD_E_API_REFUSED", /forbidden/],
  [500, 'Specified job "w" is not a parameterized job', "NOMAD_E_API_REFUSED", /"w" is not/],
  [500, 'job "p" in namespace "default" at version 99 not found', "NOMAD_E_API_REFUSED", /at version 99 not found/],
  [500, "can't revert to current version", "NOMAD_E_API_REFUSED", /current version/],
  [500, "cannot update periodic job to being non-periodic", "NOMAD_E_API_REFUSED", /non-periodic/],
  [400, "json: cannot unmarshal string into Go struct field", "NOMAD_E_API_REFUSED", /\(HTTP 400\): json: cannot/],
  [400, 'unknown task name "nope"', "NOMAD_E_API_REFUSED", /unknown task name/],
  [
    429,
    "Your IP is issuing too many concurrent connections, please rate limit your calls\n",
    "NOMAD_E_API_BUSY",
    /HTTP 429/,
  ],
  [500, "No cluster leader", "NOMAD_E_API_SERVER", /No cluster leader/],
  [
    500,
    "rpc error: failed to get conn: dial tcp 127.0.0.1:4647: connect: connection refused",
    "NOMAD_E_API_SERVER",
    /failed to get conn/,
  ],
  [503, "", "NOMAD_E_API_SERVER", /no reason given/],
  [502, "<html>Bad gateway</html>", "NOMAD_E_API_SERVER", /web page/],
  [401, "", "NOMAD_E_API_FORBIDDEN", /no reason given/],
];

describe("classifyReply", () => {
  it.each(seen)("HTTP %i %j is %s", (status, text, code, message) => {
    const error = classifyReply({ status, type: "text/plain", location: "", text }, context);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    // Every hole of the catalogue's sentence and hint is filled.
    expect(`${error.message} ${error.hint}`).not.toMatch(/\{\w+\}/);
  });

  it("never repeats the token", () => {
    const text = `t0ken is wrong, said ${"x".repeat(400)} t0ken`;
    const error = classifyReply({ status: 400, type: "text/plain", location: "", text }, context);
    expect(JSON.stringify([error.message, error.facts])).not.toContain("t0ken");
    expect(error.message.length).toBeLessThan(500);
  });
});
