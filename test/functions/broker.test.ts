import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type CloudEventV1, HTTP } from "cloudevents";
import { createFunctionApp, type FunctionAppDeps } from "../../src/functions/app.js";
import { SILENT } from "../../tools/support/logger.js";
import { until } from "../../tools/support/until.js";
import { startTestChain, type TestChain } from "../support/chain.js";
import { observer, startTestStore, startWatching } from "../support/watching.js";

/**
 * What is known of Knative's broker, and no more: it takes single events, keeps none of their other headers, passes them on in binary
 * mode, and tries again unless the answer is a 2xx that is empty.
 */
async function startBroker(subscriberUrl: () => string) {
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const parsed = HTTP.toEvent<unknown>({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
    if (Array.isArray(parsed)) return void response.writeHead(400).end();
    response.writeHead(202).end();
    await passOn(parsed);
  });
  async function passOn(event: CloudEventV1<unknown>): Promise<void> {
    const { headers, body } = HTTP.binary(event);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const answer = await fetch(subscriberUrl(), {
        method: "POST",
        headers: headers as Record<string, string>,
        body: String(body),
      });
      answers.push(answer.status);
      if (answer.ok && (await answer.text()) === "") return;
      await sleep(5);
    }
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, answers, close: () => server.close() };
}

describe("a function behind a broker", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  before(async () => {
    testChain = await startTestChain();
  });
  after(() => testChain.close());

  it("is woken for every event, and again for what it could not deal with", async () => {
    const tried: string[] = [];
    const done: string[] = [];
    const handle: FunctionAppDeps["handle"] = async ([event]) => {
      const { id = "", subject = "" } = event ?? {};
      // The first try of each fails.
      if (!tried.includes(id)) {
        tried.push(id);
        return [{ id, error: "not yet" }];
      }
      done.push(subject);
      return [];
    };
    const app = createFunctionApp({ secrets: "unsigned", logger: SILENT, handle, check: async () => undefined });
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    const broker = await startBroker(() => url);
    const store = await startTestStore();
    const watching = startWatching(testChain.chain, store.db, { functions: [observer(broker.url, { batchSize: 1 })] });
    await until("the function begins", async () => (await store.position()) === 0);
    const ids = await testChain.start(5);
    await until("all are done", () => broker.answers.length === 2 * ids.length);
    expect(new Set(done)).to.deep.equal(new Set(ids));
    expect([...broker.answers].sort()).to.deep.equal([...ids.map(() => 204), ...ids.map(() => 503)]);
    await until("the watcher is done", async () => (await store.position()) === 5);
    expect(await store.retries()).to.deep.equal([]);
    await watching.stop();
    broker.close();
    await app.close();
    await store.close();
  });
});
