import { type Figure, figure } from "./figures.ts";
import { few, many, PoolRuns } from "./pool-runs.ts";
import type { Stage } from "./stage.ts";

const sixteen = "local runtime, 16 workers";
const best = "local runtime at its best";

/**
 * A foreach of items that do nothing, beside Metaflow's local runtime: from the end of the step before it to the end of
 * its last item. Each row can be had alone; flows that several of them need are run once.
 */
export function poolRows(open: () => Promise<Stage>): Record<string, () => Promise<Figure[]>> {
  let kept: Promise<PoolRuns> | undefined;
  const runs = () => (kept ??= open().then((stage) => new PoolRuns(stage)));
  const beside = async (name: string, wall: number, atSixteen: number, atBest: number): Promise<Figure[]> => [
    figure(name, "s", wall, sixteen, (await (await runs()).local()).between(0, few).wall, atSixteen),
    figure(name, "s", wall, best, await (await runs()).localBest(), atBest),
  ];
  const items = `${String(few)} items`;
  return {
    "pool-lean": async () => {
      const lean = (await (await runs()).lean()).between(0, few).wall;
      return beside(`${items}, a job each`, lean, 1.5, 1.8);
    },
    "pool-cold": async () => {
      const cold = (await (await runs()).pooled()).between(0, few).wall;
      return beside(`${items}, pool of 4, its start included`, cold, 0.25, 0.35);
    },
    "pool-warm": async () => {
      const warm = (await (await runs()).pooled()).between(few, 2 * few).wall;
      return beside(`${items}, pool of 4, warm`, warm, 0.15, 0.2);
    },
    "pool-here": async () => {
      const here = await (await runs()).here();
      return [
        ...(await beside(
          `${items}, pool of 4 without Nomad, its start included`,
          here.between(0, few).wall,
          0.25,
          0.35,
        )),
        ...(await beside(`${items}, pool of 4 without Nomad, warm`, here.between(few, 2 * few).wall, 0.15, 0.2)),
      ];
    },
    "pool-200": async () => {
      const warm = (await (await runs()).pooled()).between(few, few + many);
      const local = (await (await runs()).localMany()).between(0, many);
      const name = `${String(many)} items, pool of 4, warm`;
      return [
        figure(name, "s", warm.wall, sixteen, local.wall, 0.1),
        figure(`${name}: CPU`, "s", warm.cpu, sixteen, local.cpu, 0.12),
      ];
    },
  };
}
