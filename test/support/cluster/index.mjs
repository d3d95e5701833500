/** Real parts for tests and scripts. Types: index.d.mts. */
export { TEST_IMAGE } from "../../../scripts/lib/python-image.mjs";
export { LEAST_RIGHTS, startAclAgent } from "./acl.mjs";
export { startAgent } from "./agent.mjs";
export { startCluster } from "./cluster.mjs";
export { startAzure } from "./azure.mjs";
export { sweepStale } from "./cleanup.mjs";
export { startGs } from "./gs.mjs";
export { freePort } from "./ports.mjs";
export { startRedis } from "./redis.mjs";
export { startS3 } from "./s3.mjs";
export { makeTls } from "./tls.mjs";
export { obtainCni } from "../../../scripts/lib/cni.mjs";
export { startVault } from "./vault.mjs";
