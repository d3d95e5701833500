import type { TaskEvent } from "../model/allocation.js";
import type { LaunchRequest } from "../model/launch-request.js";
import type { DriverDiagnosis } from "./task-driver.js";

/**
 * Explains failures of tasks that had not begun, of any driver: a registry's own error, a house's own mount. It is asked before the driver.
 *
 * Pure. Exit codes, signals, memory and what the cluster did are read by the core, before anybody is asked.
 */
export interface OutcomeClassifier {
  /** Unique among the classifiers. */
  readonly name: string;
  /** Drivers whose tasks it knows. Default: all. */
  readonly drivers?: readonly string[];
  /**
   * Reads the events of a task that failed without an end of its own; undefined where it knows no better.
   *
   * What it throws counts as undefined: by then the task is over, and an outcome there must be.
   */
  explain(events: readonly TaskEvent[], request: LaunchRequest): DriverDiagnosis | undefined;
}
