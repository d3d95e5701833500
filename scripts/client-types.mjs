/**
 * node scripts/client-types.mjs: writes, from the source of Nomad's Go API in Go's module cache, src/client/types/nomad.ts
 * (the names and types of what Nomad takes and gives) and test/support/client/go-api.json (the methods of the Go API).
 * Run it when the Nomad that the client is written for changes.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import prettier from "prettier";
import { entry, SetupError } from "./lib/errors.mjs";
import { goCommand } from "./lib/go.mjs";
import { readGoMethods } from "./lib/go-methods.mjs";
import { readGoTypes, toTypeScript } from "./lib/go-structs.mjs";
import { DEFAULT_NOMAD, nomadRelease } from "./lib/nomad.mjs";
import { ROOT } from "./lib/root.mjs";

/** What the client's methods take and give; what these hold comes along. */
const TYPES = `
  Job JobListStub JobRegisterResponse JobPlanResponse JobValidateResponse JobDispatchResponse JobScaleStatusResponse JobVersionsResponse
  JobSubmission JobSummary JobStabilityResponse JobDeregisterResponse Evaluation EvalCountResponse EvalDeleteResponse
  Allocation AllocationListStub AllocStopResponse AllocResourceUsage AllocCheckStatus AllocFileInfo
  Deployment DeploymentUpdateResponse Node NodeListStub NodeDrainUpdateResponse NodeEligibilityUpdateResponse NodePurgeResponse
  DrainSpec HostStats NodeMetaResponse NodeIdentityGetResponse NodePool Namespace Variable VariableMetadata
  CSIVolume CSIVolumeListStub CSIVolumeListExternalResponse CSISnapshot CSISnapshotCreateResponse CSISnapshotListResponse CSIPlugin
  CSIPluginListStub CSIVolumeCreateResponse HostVolume HostVolumeStub HostVolumeCreateResponse HostVolumeRegisterResponse
  TaskGroupHostVolumeClaim ServiceRegistration ServiceRegistrationListStub SearchResponse FuzzySearchResponse
  RaftConfiguration AutopilotConfiguration OperatorHealthReply SchedulerConfiguration SchedulerConfigurationResponse
  SchedulerSetConfigurationResponse RootKeyMeta MetricsSummary VaultWorkloadIdentityUpgradeCheck AgentSelf ServerMembers
  AgentHealthResponse HostData KeyringResponse SchedulerWorkerPoolArgs AgentSchedulerWorkersInfo ScalingPolicy
  ScalingPolicyListStub ScalingRequest ACLToken ACLTokenListStub ACLPolicy ACLPolicyListStub ACLRole ACLRoleListStub ACLAuthMethod
  ACLAuthMethodListStub ACLBindingRule ACLBindingRuleListStub OneTimeToken ACLOIDCAuthURLRequest ACLOIDCAuthURLResponse
  ACLOIDCCompleteAuthRequest ACLLoginRequest ACLIdentityClientIntroductionTokenRequest ACLIdentityClientIntroductionTokenResponse
`;

/** Where JSON is not what Go's type says: types with a MarshalJSON of their own, and pointers that servers always fill in. */
const OVERRIDES = {
  "ACLToken.ExpirationTTL": "string",
  "ACLAuthMethod.MaxTokenTTL": "string",
  "NodePool.NodeIdentityTTL": "string",
  "AutopilotConfiguration.LastContactThreshold": "string",
  "AutopilotConfiguration.ServerStabilizationTime": "string",
  "ServerHealth.LastContact": "string",
  ...Object.fromEntries(
    `Region Namespace ID Name Type Priority AllAtOnce Dispatched Stop Status StatusDescription Stable Version SubmitTime CreateIndex
     ModifyIndex JobModifyIndex`
      .split(/\s+/)
      .map((name) => [`Job.${name}`, "present"]),
  ),
  "TaskGroup.Name": "present",
  "TaskGroup.Count": "present",
};

const HEAD = (/** @type {string} */ version) => `// Written by \`node scripts/client-types.mjs\`.
// The names and types of what Nomad ${version}'s API takes and gives, read out of github.com/hashicorp/nomad/api (MPL-2.0).
// Times are nanoseconds since the epoch, durations are nanoseconds, unless a field is a string; the
// last digits of such a time are beyond what a number of JavaScript's holds.

`;

/** Folder of the Go API that a Nomad was built with; undefined where Go has not fetched it. @param {string} version */
export function goApiFolder(version) {
  const folder = join(moduleCache(), `github.com/hashicorp/nomad/api@${nomadRelease(version).api}`);
  return existsSync(folder) ? folder : undefined;
}

/** Where Go keeps modules; nowhere, on a machine without Go. */
function moduleCache() {
  try {
    return execFileSync(goCommand(), ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
  } catch {
    return "/nonexistent";
  }
}

/** What is written, by file. @param {string} folder @returns {Promise<Record<string, string>>} */
export async function clientFiles(folder) {
  const types = toTypeScript(readGoTypes(folder), TYPES.trim().split(/\s+/), OVERRIDES);
  const options = await prettier.resolveConfig(join(ROOT, "package.json"));
  const text = HEAD(DEFAULT_NOMAD) + types.join("\n");
  const methods = { nomad: DEFAULT_NOMAD, methods: readGoMethods(folder) };
  return {
    "src/client/types/nomad.ts": await prettier.format(text, { ...options, parser: "typescript" }),
    "test/support/client/go-api.json": await prettier.format(JSON.stringify(methods), { ...options, parser: "json" }),
  };
}

async function main() {
  const folder = goApiFolder(DEFAULT_NOMAD);
  if (folder === undefined)
    throw new SetupError(`Go has not fetched the API of Nomad ${DEFAULT_NOMAD}: npm run setup.`);
  for (const [file, text] of Object.entries(await clientFiles(folder))) {
    mkdirSync(dirname(join(ROOT, file)), { recursive: true });
    writeFileSync(join(ROOT, file), text);
    process.stdout.write(`${file}: written\n`);
  }
  return 0;
}

if (process.argv[1] === new URL(import.meta.url).pathname) await entry(main);
