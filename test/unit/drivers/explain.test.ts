import { describe, expect, it } from "vitest";
import { createDockerDriver } from "../../../src/drivers/docker.js";
import { createExecDriver } from "../../../src/drivers/exec.js";
import { createRawExecDriver } from "../../../src/drivers/raw-exec.js";
import { request } from "../../support/builders.js";

const daemon = "Error response from daemon: ";
const event = (DisplayMessage: string, Type = "Driver Failure") => [
  { Type: "Received", Time: 1 },
  { Type, Time: 2, DisplayMessage },
];

/** Texts marked real were printed by Nomad 1.7.7 or 1.11.0 in this project's runs; the others are docker's and the registries'. */
describe("docker", () => {
  it.each([
    // real
    [
      `Failed to pull \`x:1\`: ${daemon}Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host`,
      "image-pull",
      true,
      "cannot be reached",
    ],
    [
      `Failed to pull \`127.0.0.1:9/x/y:1\`: ${daemon}Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused`,
      "image-pull",
      true,
      "127.0.0.1:9/x/y:1",
    ],
    [
      'Failed to create container configuration for image "x:1": requested docker runtime "nvidia" was not found',
      "driver-failed",
      true,
      "no runtime nvidia",
    ],
    [
      `Failed to start container d82c: ${daemon}failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nosuchcmd": executable file not found in $PATH: unknown`,
      "driver-failed",
      false,
      "nosuchcmd",
    ],
    [
      `Failed to start container d82c: ${daemon}OCI runtime create failed: exec: "/no/such": stat /no/such: no such file or directory: unknown`,
      "driver-failed",
      false,
      "/no/such",
    ],
    [
      `Failed to start container 5fb8: ${daemon}unable to find user nosuch: no matching entries in passwd file`,
      "driver-failed",
      false,
      "no user nosuch",
    ],
    [
      'Failed to create container configuration for image "x": volumes are not enabled; cannot mount host paths: "/a:/b"',
      "driver-failed",
      false,
      "mounts no paths",
    ],
    // docker's and registries'
    [
      `Failed to pull \`x:9\`: ${daemon}manifest for x:9 not found: manifest unknown: manifest unknown`,
      "image-pull",
      false,
      "does not exist",
    ],
    // A port, a tag or a name that looks like a server's failure.
    [
      `Failed to pull \`127.0.0.1:45023/geofence:1.503\`: ${daemon}manifest for 127.0.0.1:45023/geofence:1.503 not found: manifest unknown`,
      "image-pull",
      false,
      "does not exist",
    ],
    [
      `Failed to pull \`r/x:1\`: ${daemon}received unexpected HTTP status: 503 Service Unavailable`,
      "image-pull",
      true,
      "cannot be reached",
    ],
    [`Failed to pull \`r/x:1\`: ${daemon}Get "https://r/v2/": unexpected EOF`, "image-pull", true, "cannot be reached"],
    [
      `Failed to pull \`acme/x:1\`: ${daemon}pull access denied for acme/x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
      "image-pull",
      false,
      "needs a login, or",
    ],
    [
      `Failed to pull \`r/x:1\`: ${daemon}Head "https://r/v2/x/manifests/1": unauthorized: authentication required`,
      "image-pull",
      false,
      "needs a login",
    ],
    [
      `Failed to pull \`x:1\`: ${daemon}toomanyrequests: You have reached your pull rate limit.`,
      "image-pull",
      true,
      "limits how often",
    ],
    ["Failed to pull `x:1`: something new", "image-pull", true, "could not be pulled"],
    ["write /var/lib/docker/tmp: no space left on device", "driver-failed", true, "disk is full"],
  ])("%#", (text, kind, retriable, words) => {
    const found = createDockerDriver().explain?.(event(text), request());
    expect(found).toMatchObject({ kind, retriable, sentence: expect.stringContaining(words) as string });
    expect(found?.advice).not.toBe("");
  });
});

describe("exec and raw_exec", () => {
  const launch = "failed to launch command with executor: rpc error: code = Unknown desc = ";
  it.each([
    // real
    [
      "Driver Failure",
      `${launch}binary "nosuchcmd" could not be found`,
      "The command nosuchcmd does not exist on the node.",
    ],
    [
      "Driver Failure",
      `${launch}file /no/such not found under path /var/nomad/alloc/be6f/task`,
      "The command /no/such does not exist in the task's file system",
    ],
    [
      "Driver Failure",
      `${launch}failed to start command path="/bin/echo" --- args=["/bin/echo" "xxx"]: fork/exec /bin/echo: argument list too long`,
      "The command /bin/echo could not be started: argument list too long.",
    ],
    [
      "Driver Failure",
      `${launch}failed to start command path="/etc/passwd" --- args=["/etc/passwd"]: fork/exec /etc/passwd: exec format error`,
      "The command /etc/passwd could not be started: exec format error.",
    ],
    [
      "Driver Failure",
      'failed driver config validation: failed to identify user "1000": user: unknown user 1000',
      "The node has no user 1000.",
    ],
    ["Task hook failed", 'validate: running as user "root" is disallowed', "The node allows no task to run as root."],
    [
      "Failed Validation",
      '2 errors occurred:\n\t* failed to parse config: \n\t* Unknown variable: There is no variable named "nope". Did you mean "node"?\n\n',
      'a variable Nomad does not have: There is no variable named "nope".',
    ],
    [
      "Failed Validation",
      '2 errors occurred:\n\t* failed to parse config: \n\t* Invalid label: No argument or block type is named "comand".\n\n',
      "The task driver knows no option comand.",
    ],
    [
      "Failed Validation",
      '2 errors occurred:\n\t* failed to parse config: \n\t* Incorrect attribute value type: Inappropriate value for attribute "args": list of string required, but have string.\n\n',
      'refused its configuration: Incorrect attribute value type: Inappropriate value for attribute "args"',
    ],
  ])("%s: %#", (type, text, words) => {
    for (const driver of [createExecDriver(), createRawExecDriver()]) {
      expect(driver.explain?.(event(text, type), request())).toMatchObject({
        kind: "driver-failed",
        retriable: false,
        sentence: expect.stringContaining(words) as string,
      });
    }
  });

  it("knows nothing of a failure it has not seen, nor of the task's own end", () => {
    expect(createExecDriver().explain?.(event("a meteor"), request())).toBeUndefined();
    expect(
      createExecDriver().explain?.(event('binary "x" could not be found', "Terminated"), request()),
    ).toBeUndefined();
  });
});
