import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Job, TaskGroup } from "../core/model/job.js";
import type { JsonObject } from "../core/model/json.js";
import type { GangPlace } from "../core/model/launch-request.js";
import type { Site } from "../core/model/site.js";
import { editGroup, editTask } from "./edit-job.js";

/** Label of the port of a gang's first node: where the others turn to, and after them the user's code. */
const port = "metaflow_gang";

/**
 * What a node of a gang needs to come together with the others (python/…/nomad/meeting.py): the first node has a port and
 * a service with Nomad itself; each has a file into which Nomad writes that one's `<address> <port>`.
 *
 * Native service discovery needs neither Consul nor a right: a task's own identity may read its namespace's services.
 * Source: https://developer.hashicorp.com/nomad/docs/job-specification/template#nomad-services
 */
export const gang: LaunchFeature = {
  name: "gang",
  after: ["network", "services", "restart", "reschedule", "disconnect"],
  contribute(job, { request: { gang: place }, site, capabilities }) {
    if (place === undefined) return job;
    refuseRepeats(job.TaskGroups[0]);
    const told = editTask(job, ({ Templates = [], Env }) => ({
      Templates: [...Templates, addressFile(place)],
      Env: { ...Env, ...meetingOf(place, site) },
    }));
    if (place.index > 0) return told;
    const open = editGroup(told, ({ Networks = [], Services = [] }) => ({
      Networks: withPort(Networks),
      Services: [...Services, { Name: place.name, Provider: "nomad", PortLabel: port }],
    }));
    return capabilities.publishesPorts === true ? published(open) : open;
  },
};

/** A node that came back would find that the others have begun, or have gone. */
function refuseRepeats({ RestartPolicy, ReschedulePolicy, Disconnect, Tasks }: TaskGroup): void {
  const no = (block: string) =>
    refuse(block, "the nodes of a @parallel step run once, together", "Leave it out; @retry starts all of them anew.");
  if ((Tasks[0].RestartPolicy ?? RestartPolicy).Attempts > 0) throw no("restart");
  if (ReschedulePolicy.Attempts > 0 || ReschedulePolicy.Unlimited) throw no("reschedule");
  if (Disconnect?.Replace === true) throw no("disconnect");
}

function withPort([first = {}, ...others]: readonly JsonObject[]): readonly JsonObject[] {
  if (first["Mode"] === "none") {
    throw refuse("network", "the nodes of a @parallel step must reach each other", 'Use another mode than "none".');
  }
  const dynamic = (first["DynamicPorts"] ?? []) as readonly JsonObject[];
  return [{ ...first, DynamicPorts: [...dynamic, { Label: port }] }, ...others];
}

const meetingOf = ({ name }: GangPlace, { gangTimeoutSeconds }: Site) => ({
  METAFLOW_NOMAD_GANG: name,
  METAFLOW_NOMAD_GANG_SECONDS: String(gangTimeoutSeconds),
});

function addressFile({ name }: GangPlace) {
  return {
    EmbeddedTmpl: `{{ range nomadService "${name}" }}{{ .Address }} {{ .Port }}{{ "\\n" }}{{ end }}`,
    DestPath: "local/metaflow-nomad-gang",
    ChangeMode: "noop",
    // Otherwise Nomad waits for five quiet seconds before it writes the file anew.
    Wait: { Min: 100_000_000, Max: 500_000_000 },
  } as const;
}

/** Docker publishes only the ports its own `ports` names. */
function published(job: Job): Job {
  return editTask(job, ({ Config }) => {
    const named = Array.isArray(Config["ports"]) ? (Config["ports"] as readonly unknown[]) : [];
    return { Config: { ...Config, ports: [...named, port] } };
  });
}
