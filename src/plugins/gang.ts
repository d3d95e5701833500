import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import type { Job } from "../core/model/job.js";
import type { JsonObject } from "../core/model/json.js";
import type { GangPlace } from "../core/model/launch-request.js";
import { editGroup, editTask } from "./edit-job.js";

/** Label of the port each node of a gang gets: the first node's is where the others turn to. */
const port = "metaflow_gang";

/**
 * What a node of a gang needs to find the others: a port, a service with Nomad itself, and a file that lists the nodes
 * that are there, `<index> <address> <port>` a line. Nomad writes it anew whenever one comes.
 *
 * Native service discovery needs neither Consul nor a right: a task's own identity may read its namespace's services.
 * Source: https://developer.hashicorp.com/nomad/docs/job-specification/template#nomad-services
 */
export const gang: LaunchFeature = {
  name: "gang",
  after: ["network", "services"],
  contribute(job, { request, capabilities }) {
    const place = request.gang;
    if (place === undefined) return job;
    const wired = editGroup(job, ({ Networks = [], Services = [] }) => ({
      Networks: withPort(Networks),
      Services: [...Services, { Name: place.name, Provider: "nomad", PortLabel: port, Tags: [String(place.index)] }],
    }));
    const listed = editTask(wired, ({ Templates = [] }) => ({ Templates: [...Templates, nodesFile(place)] }));
    return capabilities.publishesPorts === true ? published(listed) : listed;
  },
};

function withPort([first = {}, ...others]: readonly JsonObject[]): readonly JsonObject[] {
  if (first["Mode"] === "none") {
    throw refuse("network", "the nodes of a @parallel step must reach each other", 'Use another mode than "none".');
  }
  const dynamic = (first["DynamicPorts"] ?? []) as readonly JsonObject[];
  return [{ ...first, DynamicPorts: [...dynamic, { Label: port }] }, ...others];
}

function nodesFile({ name }: GangPlace) {
  const line = '{{ index .Tags 0 }} {{ .Address }} {{ .Port }}{{ "\\n" }}';
  return {
    EmbeddedTmpl: `{{ range nomadService "${name}" }}${line}{{ end }}`,
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
