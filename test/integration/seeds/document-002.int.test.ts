import { mkdtempSync, readdirSync, readFileSync, rmSync, chmodSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dispatchAll } from "../../../examples/nomad-jobs/pipeline.js";
import { createNomadClient, planJob, readJob, runJob } from "../../../src/client/index.js";
import { startAgent, startS3, TEST_IMAGE } from "../../support/cluster/index.mjs";
import { read } from "../../support/markdown.js";

/** The document speaks of 1000 runs, and of a count of 1, then 2: PIPELINE_DISPATCHES and PIPELINE_COUNT say how many here. */
const dispatches = Number(process.env["PIPELINE_DISPATCHES"] ?? 3);
const count = Number(process.env["PIPELINE_COUNT"] ?? 2);
const history = JSON.stringify(Array.from({ length: 20 }, (_, size) => ({ size: size + 1, days: 2 * size + 5 })));

describe("document 002, the pipeline", () => {
  it("is planned, run and dispatched; each allocation stores a model of its own", { timeout: 1_800_000 }, async () => {
    const models = mkdtempSync(join(tmpdir(), "mfn-models-"));
    chmodSync(models, 0o777);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(models, { recursive: true, force: true }));
    const server = createServer((asked, answer) =>
      answer.end(asked.url === "/train.py" ? read("examples/nomad-jobs/train.py") : history),
    );
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    stack.defer(() => void server.close());
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const s3 = stack.use(await startS3({ quiet: true }));
    const options = { exec: true, docker: true, hostVolumes: { models }, cpuTotalCompute: 2000, quiet: true };
    const agent = stack.use(await startAgent({ version: "1.11.0", ...options }));
    const nomad = stack.use(createNomadClient({ address: agent.address, env: {} }));

    const credentials = { access_key: s3.accessKey, secret_key: s3.secretKey };
    await nomad.variables.put("nomad/jobs/sales-close-prediction", credentials);
    const values = { image: TEST_IMAGE, code_url: `${url}/train.py`, s3_endpoint: s3.endpoint };
    const text = read("examples/nomad-jobs/sales-close-prediction.nomad.hcl");
    expect(text).toContain("count = 2");
    const { job } = await readJob(nomad, text.replace("count = 2", `count = ${String(count)}`), { values });
    const plan = await planJob(nomad, job);
    expect(plan.lines[0]).toBe("+ Job sales-close-prediction");
    await runJob(nomad, job, { checkIndex: plan.index });

    const meta = {
      save_path: "trainedWinPrediction",
      data_path: "opportunityHistory.json",
      data_url: `${url}/history.json`,
      prediction_path: "predictions.txt",
      bucket: s3.bucket,
    };
    const metas = Array.from({ length: dispatches }, (_, at) => ({ ...meta, model_version: String(at) }));
    const ended = await dispatchAll(nomad, "sales-close-prediction", metas, 4);
    expect(ended.filter(({ code }) => code !== 0)).toEqual([]);

    const stored = readdirSync(join(s3.dir, s3.bucket)).filter((name) => name.startsWith("trainedWinPrediction_v"));
    expect(stored).toHaveLength(count * dispatches);
    const versions = stored.map(
      (name) => (JSON.parse(readFileSync(join(s3.dir, s3.bucket, name), "utf8")) as { version: string }).version,
    );
    expect(new Set(versions).size).toBe(count * dispatches);
  });
});
