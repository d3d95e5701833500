import type { OutcomeClassifier } from "../contracts/classifier.js";
import type { TaskDriver } from "../contracts/task-driver.js";

/** A driver whose failures are explained by the classifiers first, then by itself. */
export function classifiedDriver(driver: TaskDriver, all: readonly OutcomeClassifier[]): TaskDriver {
  const known = all.filter(({ drivers }) => drivers?.includes(driver.name) ?? true);
  if (known.length === 0) return driver;
  const explain: NonNullable<TaskDriver["explain"]> = (...args) => {
    for (const classifier of known) {
      const found = classifier.explain(...args);
      if (found !== undefined) return found;
    }
    return driver.explain?.(...args);
  };
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    toConfig: (...args) => driver.toConfig(...args),
    explain,
  };
}
