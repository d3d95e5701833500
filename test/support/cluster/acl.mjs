/** Agents with access control, and tokens with just the rights a test is about. */
import { startAgent } from "./agent.mjs";
import { api } from "./http.mjs";

export const LEAST_RIGHTS = `
namespace "default" {
  capabilities = ["list-jobs", "parse-job", "read-job", "submit-job", "dispatch-job", "read-logs", "read-fs"]
}
`;

/** @param {import('./index.mjs').AgentOptions} [options] */
export async function startAclAgent(options = {}) {
  return /** @type {import('./index.mjs').Agent & { token: string }} */ (await startAgent({ ...options, acl: true }));
}

/** The first management token. @param {import('./http.mjs').Target} target @returns {Promise<string>} */
export async function bootstrapAcl(target) {
  const answer = await api(target, "/v1/acl/bootstrap", { method: "POST" });
  return answer.SecretID;
}

/**
 * @param {import('./http.mjs').Target} target @param {string} name @param {string} rules
 * @returns {Promise<import('./index.mjs').PolicyToken>}
 */
export async function createPolicyToken(target, name, rules) {
  await api(target, `/v1/acl/policy/${name}`, { body: { Name: name, Rules: rules } });
  const made = await api(target, "/v1/acl/token", { body: { Name: name, Type: "client", Policies: [name] } });
  return { name, accessorId: made.AccessorID, token: made.SecretID };
}
