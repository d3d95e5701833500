import type { JsonObject } from "../../src/core/model/json.js";
import type { LaunchRequest } from "../../src/core/model/launch-request.js";
import type { OutcomeCause } from "../../src/core/model/outcome.js";
import { TEST_IMAGE } from "../support/cluster/index.mjs";
import { pastCollector } from "../support/past-collector.js";

export const drivers = ["raw_exec", "exec", "docker", "mock_driver"] as const;
export type DriverName = (typeof drivers)[number];

/** Lines of a task that is left alone, and seconds between two of them: as long as the longest fault, and some. */
export const usual = { lines: 24, pause: 0.5 };

/** One way to behave, whatever happens around it. */
export interface Behaviour {
  readonly name: string;
  readonly drivers: readonly DriverName[];
  /** What the verdict may be. */
  readonly expects: readonly OutcomeCause[];
  /** Whether the task prints all its lines, as far as it is left alone. */
  readonly whole?: boolean;
  /** Who ends it while the fault lasts. */
  readonly endedBy?: "operator" | "interrupt";
  readonly asked: (driver: DriverName) => Partial<LaunchRequest>;
}

const resources = { cpu: 20, memory: 64, disk: 10 };
const image = (driver: DriverName) => (driver === "docker" ? { image: TEST_IMAGE } : {});
const rest: readonly DriverName[] = ["raw_exec", "exec", "docker"];

/** Numbered lines, then the end. */
function talks(driver: DriverName, end: string, lines = usual.lines): Partial<LaunchRequest> {
  const script = `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo "line $i"; sleep ${usual.pause}; done; ${end}`;
  return pastCollector({ driver, ...image(driver), argv: ["sh", "-c", script], resources });
}

/** The mock driver's own way to print, and to end. */
function mock(over: JsonObject, lines = usual.lines): Partial<LaunchRequest> {
  const seconds = lines * usual.pause;
  const lots = { stdout_string: "line\n", stdout_repeat: lines - 1, stdout_repeat_duration: `${usual.pause}s` };
  return {
    driver: "mock_driver",
    argv: ["mock"],
    resources,
    driverConfig: { run_for: `${seconds}s`, ...lots, ...over },
  };
}

const long = 240;

export const behaviours: readonly Behaviour[] = [
  {
    name: "succeeds",
    drivers,
    expects: ["succeeded"],
    whole: true,
    asked: (driver) => (driver === "mock_driver" ? mock({}) : talks(driver, "exit 0")),
  },
  {
    name: "exits with 7",
    drivers,
    expects: ["exit-code"],
    whole: true,
    asked: (driver) => (driver === "mock_driver" ? mock({ exit_code: 7 }) : talks(driver, "exit 7")),
  },
  {
    // In a PID namespace of its own a shell is process 1, which no signal of its own ends.
    name: "ends by a signal",
    drivers: ["raw_exec", "mock_driver"],
    expects: ["signal"],
    whole: true,
    asked: (driver) =>
      driver === "mock_driver" ? mock({ exit_code: 139, exit_signal: 11 }) : talks(driver, "kill -SEGV $$"),
  },
  {
    name: "runs out of memory",
    drivers: ["exec", "docker"],
    expects: ["oom-reported", "oom-inferred"],
    whole: true,
    asked: (driver) => talks(driver, `python3 -c "x = bytearray(900_000_000)"; exit $?`),
  },
  {
    name: "takes too long",
    drivers,
    expects: ["time-limit"],
    asked: (driver) => ({
      ...(driver === "mock_driver" ? mock({}, long) : talks(driver, "", long)),
      timeoutSeconds: 6,
    }),
  },
  {
    name: "is stopped by an operator",
    drivers,
    expects: ["operator"],
    endedBy: "operator",
    asked: (driver) => (driver === "mock_driver" ? mock({}, long) : talks(driver, "", long)),
  },
  {
    name: "is interrupted",
    drivers,
    expects: ["interrupted"],
    endedBy: "interrupt",
    asked: (driver) => (driver === "mock_driver" ? mock({}, long) : talks(driver, "", long)),
  },
  {
    name: "has no command",
    drivers: rest,
    expects: ["driver-known"],
    asked: (driver) => ({ driver, ...image(driver), argv: ["/no/such/command"], resources }),
  },
];

/** One that goes on until something befalls it. */
export const sleeper = (expects: readonly OutcomeCause[], over: Partial<LaunchRequest> = {}): Behaviour => ({
  name: `is ${expects[0] ?? ""}`,
  drivers,
  expects,
  asked: (driver) => ({ ...(driver === "mock_driver" ? mock({}, long) : talks(driver, "", long)), ...over }),
});

/** One that is over soon. */
export const short: Behaviour = {
  name: "begins meanwhile",
  drivers: ["raw_exec"],
  expects: ["succeeded"],
  whole: true,
  asked: (driver) => talks(driver, "exit 0", 2),
};
