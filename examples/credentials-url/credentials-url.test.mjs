import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { credentialsConformance, pluginConformance } from "metaflow-nomad/testing";
import { credentialsUrlPlugin, fromUrl } from "metaflow-nomad-credentials-url";

let answer = { status: 200, text: "first\n" };
const server = createServer((_request, reply) => reply.writeHead(answer.status).end(answer.text));
const auth = () => ({ tokenUrl: `http://127.0.0.1:${String(server.address().port)}/token?key=secret` });
const never = new AbortController().signal;

before(() => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve)));
after(() => server.close());

for (const { name, run } of credentialsConformance) test(name, () => run({ factory: fromUrl, auth: auth() }));
for (const { name, run } of pluginConformance) test(name, () => run({ plugin: credentialsUrlPlugin }));

test("asks again after a refusal, and says whether that changed anything", async () => {
  const credentials = fromUrl(auth());
  assert.equal(await credentials.token(never), "first");
  assert.equal(await credentials.refresh(never), false);
  answer = { status: 200, text: "second\n" };
  assert.equal(await credentials.refresh(never), true);
  assert.equal(await credentials.token(never), "second");
});

test("says what failed, without the URL's secrets", async () => {
  answer = { status: 503, text: "" };
  const failing = fromUrl(auth()).token(never);
  await assert.rejects(failing, (error) => /HTTP 503/.test(error.message) && !error.message.includes("secret"));
});
