import { definePlugin } from "../core/contracts/plugin.js";
import { redisQueue } from "./redis.js";

/** The built-in queues to scale by, registered as any third party's would be. */
export const queuesPlugin = definePlugin({
  name: "metaflow-nomad/queues",
  apiVersion: "1",
  setup(registrar) {
    for (const scheme of ["redis", "rediss"]) registrar.queueSource(scheme, (address) => redisQueue(address));
  },
});
