import { definePlugin } from "../core/contracts/plugin.js";
import { staticToken } from "./credentials/static-token.js";
import { tokenCommand } from "./credentials/token-command.js";
import { tokenEnv } from "./credentials/token-env.js";
import { tokenFile } from "./credentials/token-file.js";
import { createHttpTransport } from "./http-transport.js";
import { createBlockingWatcher } from "./watchers/blocking-watcher.js";
import { createEventStreamWatcher } from "./watchers/event-stream-watcher.js";
import { createPollWatcher } from "./watchers/poll-watcher.js";

/** The built-in ways to reach and observe Nomad, registered as any third party's would be. */
export const transportsPlugin = definePlugin({
  name: "metaflow-nomad/transports",
  apiVersion: "1",
  setup(registrar) {
    registrar.transport("http", createHttpTransport);
    registrar.watcher("event-stream", createEventStreamWatcher);
    registrar.watcher("blocking", createBlockingWatcher);
    registrar.watcher("poll", createPollWatcher);
    registrar.credentials("token-file", tokenFile);
    registrar.credentials("token-env", tokenEnv);
    registrar.credentials("token-command", tokenCommand);
    registrar.credentials("static", staticToken);
  },
});
