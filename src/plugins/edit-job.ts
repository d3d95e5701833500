import type { Job, Task, TaskGroup } from "../core/model/job.js";

/** A copy of the job with its group changed. */
export function editGroup(job: Job, change: (group: TaskGroup) => Partial<TaskGroup>): Job {
  const [group] = job.TaskGroups;
  return { ...job, TaskGroups: [{ ...group, ...change(group) }] };
}

/** A copy of the job with its main task changed. */
export function editTask(job: Job, change: (task: Task) => Partial<Task>): Job {
  return editGroup(job, ({ Tasks: [main, ...others] }) => ({ Tasks: [{ ...main, ...change(main) }, ...others] }));
}
