import type { Connection, Host } from "../core/host/host.js";
import type { SiteLauncher } from "../core/host/site-launcher.js";
import type { TaskFile } from "./protocol.js";

/** What says where a task or step runs. */
interface Placed {
  readonly launch: { readonly site?: string | undefined };
  readonly connection?: TaskFile["connection"];
}

/** The launcher of a site, or of a step's own address. */
export function launcherOf({ launch, connection }: Placed, host: Host): SiteLauncher {
  return connection === undefined ? host.site(launch.site) : host.connection(connection as Connection);
}
