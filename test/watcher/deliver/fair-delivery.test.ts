import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { insertFunction } from "../../../src/store/functions/function-registry.js";
import { createTargetGuard } from "../../../src/webhooks/target-guard.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { ALL_TYPES, startTestStore, startWatching } from "../../support/watching.js";

const LOOPBACK = { address: "127.0.0.1", prefix: 32, family: "ipv4" as const };
const HANGING = 8;
const SECRET = `whsec_${randomBytes(32).toString("base64")}`;

/** An origin where `/hangs…` never answers, and every other path answers 200. */
async function startOrigin() {
  const hanging: ServerResponse[] = [];
  const taken: string[] = [];
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/hangs")) return void hanging.push(response);
    request.resume().on("end", () => {
      taken.push(request.url ?? "");
      response.writeHead(200).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hanging, taken, close };
}

describe("receivers that hang", function () {
  this.timeout(60_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let origin: Awaited<ReturnType<typeof startOrigin>>;
  const cleanUps: (() => Promise<unknown>)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    origin = await startOrigin();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await origin.close();
    await store.close();
  });
  after(() => testChain.close());

  async function register(name: string, owner: string, concurrency: number): Promise<void> {
    const filter = { payerBank: null, payeeBank: null, ofPrincipal: null, currency: null };
    const settings = { url: `${origin.url}/${name}`, types: ALL_TYPES, ...filter, batchSize: 1, concurrency, retry: null };
    expect(await insertFunction(store.db, TEST_SECRETS, { name, secret: SECRET, owner, settings }, 10)).to.equal("inserted");
    await until(`${name} begins`, async () => (await store.position(name)) >= 0);
  }
  function watch() {
    const guard = createTargetGuard({}, { allowed: [LOOPBACK], connections: 16, connectTimeoutMs: 2_000 });
    const watching = startWatching(testChain.chain, store.db, {}, { guarded: guard.dispatcherOf, host: undefined });
    cleanUps.push(guard.destroy, watching.stop);
    return watching;
  }

  it("of one principal hold up no delivery to another's on the same origin", async () => {
    watch();
    for (let index = 0; index < HANGING; index += 1) await register(`hangs-${index}`, "alice", 4);
    await register("answers", "bob", 2);
    await testChain.start(8);
    await until("all connections of one owner hang", () => origin.hanging.length >= 16);
    await testChain.start(8);
    await until("the other principal's receiver has all", async () => (await store.position("answers")) === 16);
    expect(new Set(origin.taken)).to.deep.equal(new Set(["/answers"]));
  });

  it("hold up neither the start of another function, once they are changed, nor the watcher's stop", async () => {
    const watching = watch();
    await register("hangs", "alice", 1);
    await testChain.start(1);
    await until("it hangs", () => origin.hanging.length === 1);
    await store.rows("update functions set batch_size = 2 where name = 'hangs'");
    await register("answers", "alice", 1);
    await testChain.start(1);
    await until("the other has it", async () => (await store.position("answers")) === 2);
    await until("the changed function begins again with the same event", () => origin.hanging.length === 2);
    expect(await store.retries()).to.deep.equal([]);
    await watching.stop();
    // Nobody has answered; the event goes out again to whoever begins next.
    expect(origin.hanging.every((response) => !response.writableEnded)).to.equal(true);
    expect(await store.position("hangs")).to.equal(0);
  });
});
