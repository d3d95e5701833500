import { type Figure, figure } from "./figures.ts";
import { type Cost, ProcessMeter } from "./processes.ts";
import type { Stage } from "./stage.ts";

/** Launch host and tiny clients; and, beside them, Metaflow's `step` sub-processes. */
const ours = (line: string) => /metaflow-nomad\.mjs host |client\.py /.test(line);
const steps = (line: string) => /crowd_flow\.py .* step wait /.test(line);

/** CPU and memory on the submitting side while so many tasks run, beside as many local `step` processes. */
export async function submittingSide(stage: Stage): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [crowd, cpuGoal, memoryGoal] of [
    [16, 1 / 5, 1 / 2],
    [50, 1 / 10, 1 / 4],
  ] as const) {
    const nomad = await measure(stage, crowd, ours, ["--with", "nomad"]);
    const local = await measure(stage, crowd, steps, []);
    figures.push(
      figure(
        `CPU of the submitting side, ${crowd} tasks`,
        "s",
        nomad.cpuSeconds,
        "step processes",
        local.cpuSeconds,
        cpuGoal,
      ),
    );
    figures.push(
      figure(
        `memory of the submitting side, ${crowd} tasks`,
        "MB",
        nomad.peakMb,
        "step processes",
        local.peakMb,
        memoryGoal,
      ),
    );
  }
  return figures;
}

async function measure(
  stage: Stage,
  crowd: number,
  matches: (line: string) => boolean,
  args: readonly string[],
): Promise<Cost> {
  const meter = new ProcessMeter((line) => line.includes(stage.folder) && matches(line));
  let looks = 0;
  const options = [
    "--crowd",
    String(crowd),
    "--seconds",
    String(15 + crowd / 2),
    "--max-workers",
    String(crowd),
    "--max-num-splits",
    "100",
  ];
  await stage.run("crowd_flow.py", ["run", ...options, ...args], () => meter.sample((looks += 1) % 8 === 0));
  if (meter.cost.peakCount < crowd)
    throw new Error(`only ${meter.cost.peakCount} of ${crowd} processes were seen at once`);
  return meter.cost;
}
