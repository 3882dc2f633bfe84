import process from "node:process";
import { expect } from "chai";
import hre from "hardhat";
import type { ConfiguredFunction } from "../../src/store/functions/retries.js";
import { type Answer, startReceiver } from "../../tools/support/receiver.js";
import { startRpcProxy } from "../../tools/support/rpc-proxy.js";
import { until } from "../../tools/support/until.js";
import { startTestChain, type TestChain } from "../support/chain.js";
import { startWatcherProcess } from "../support/watcher-process.js";
import { observer, startTestStore } from "../support/watching.js";

describe("a watcher's process", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let fn: ConfiguredFunction;
  const running: Awaited<ReturnType<typeof startWatcherProcess>>[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    receiver = await startReceiver();
    fn = observer(receiver.url, { batchSize: 2, concurrency: 3 });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((child) => child.end()));
    await receiver.close();
    await store.close();
  });
  after(() => testChain.close());

  async function start(rpcUrl = testChain.url) {
    const child = await startWatcherProcess(testChain, store.url, fn, rpcUrl);
    running.push(child);
    return child;
  }
  const begun = () => until("the function begins", async () => (await store.position()) === 0);
  const holder = async () => (await store.rows<{ holder: string; epoch: bigint }>("select holder, epoch from leases"))[0];

  it("loses nothing when it is killed with requests under way, and goes on from where it was", async () => {
    const acknowledged = new Set<number>();
    let silent = true;
    receiver.answer = ({ events }): Answer => {
      const sequences = events.map(({ sequence }) => Number(sequence));
      // The second of three batches is done, the first and the third are not.
      if (silent && !sequences.includes(3)) return "never";
      for (const sequence of sequences) acknowledged.add(sequence);
      return { status: 200 };
    };
    const first = await start();
    await begun();
    await testChain.start(6);
    await until("three requests are out", () => receiver.deliveries.length === 3);
    await until("the second is done", () => acknowledged.size === 2);
    await first.end();
    expect(await store.position()).to.equal(0);
    silent = false;
    // What a killed holder had is free once its lease has expired; here, nobody waits for that.
    await store.rows("update leases set expires_at = now()");
    await start();
    await until("the position is past all", async () => (await store.position()) === 6);
    expect([...acknowledged].sort()).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(await store.retries()).to.deep.equal([]);
  });

  it("ends by itself with 0 when it is told to, and gives its lease up", async () => {
    const child = await start();
    await begun();
    child.kill("SIGTERM");
    expect(await child.exited).to.equal(0);
    const [lease] = await store.rows<{ free: boolean }>("select expires_at <= now() as free from leases");
    expect(lease?.free).to.equal(true);
  });

  it("ends by itself with 0 when it is told to, also while its node has fallen silent", async () => {
    const proxy = await startRpcProxy(testChain.url);
    const child = await start(proxy.url);
    await begun();
    let silent = false;
    proxy.tamper = () => {
      silent = true;
      return "hang";
    };
    await until("it waits for an answer", () => silent);
    child.kill("SIGTERM");
    expect(await child.exited).to.equal(0);
    await proxy.close();
  });

  it("says whether events are being delivered, and who does it", async () => {
    const proxy = await startRpcProxy(testChain.url);
    const [one, two] = [await start(proxy.url), await start(proxy.url)];
    await begun();
    const answers = [await one.ready(), await two.ready()];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(answers.map(({ body }) => body.role)).to.have.members(["active", "standby"]);
    expect(answers[0]?.body).to.deep.include({ status: "ok", block: await testChain.blockNumber(), sequence: "0" });
    proxy.tamper = () => "swallow";
    const without = await one.ready();
    expect(without.status).to.equal(503);
    expect(without.body.type).to.equal("https://eventmachine.dev/problems/chain-unavailable");
    await proxy.close();
  });

  it("is not ready before the projection has caught up, or where nobody holds the lease", async () => {
    const proxy = await startRpcProxy(testChain.url);
    proxy.tamper = ({ method }) => (method === "eth_getLogs" ? { result: [{}] } : undefined);
    await testChain.start(1);
    const child = await start(proxy.url);
    expect((await child.ready()).body.type).to.match(/catching-up$|lease-lost$/);
    await until("it holds the lease", () => child.said("watching"));
    expect((await child.ready()).body.type).to.match(/catching-up$/);
    proxy.tamper = () => undefined;
    await until("it is ready", async () => (await child.ready()).status === 200);
    await proxy.close();
  });

  it("ends with 1 and says why, where a restarted, shorter chain takes the place of its own", async () => {
    const proxy = await startRpcProxy(testChain.url);
    const child = await start(proxy.url);
    await begun();
    proxy.target = "http://127.0.0.1:1";
    await until("it has noticed that the node is away", () => child.said("trying again"));
    const other = await hre.network.createServer("localchain", "127.0.0.1", 0);
    proxy.target = `http://127.0.0.1:${(await other.listen()).port}`;
    expect(await child.exited).to.equal(1);
    expect(child.output()).to.include("chain-unexpected");
    await other.close();
    await proxy.close();
  });

  it("ends with 1 and says why, where the chain is another", async () => {
    await store.rows("insert into chain values (true, '1', 'x', 'y', 'z')");
    const child = await start();
    expect(await child.exited).to.equal(1);
    expect(child.output()).to.include("store-foreign").and.include("npm run rebuild");
  });

  it("delivers alone beside another, is replaced when it stands still, and is fenced when it comes back", async () => {
    const [one, two] = [await start(), await start()];
    await begun();
    const [active, standby] = one.said("watching") ? [one, two] : [two, one];
    expect(standby.said("watching")).to.equal(false);
    const before = await holder();
    await testChain.start(2);
    await until("both were delivered", async () => (await store.position()) === 2);
    expect(receiver.sequences()).to.deep.equal([1, 2]);

    active.kill("SIGSTOP");
    await testChain.start(2);
    await until("the other has taken over and delivered", async () => (await store.position()) === 4);
    const after = await holder();
    expect(after?.holder).not.to.equal(before?.holder);
    expect(after?.epoch).to.equal((before?.epoch ?? 0n) + 1n);
    active.kill("SIGCONT");
    await until("the stale one has noticed", () => active.said("stopped watching"));
    await testChain.start(2);
    await until("the rest is delivered", async () => (await store.position()) === 6);
    expect(receiver.sequences()).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect((await holder())?.holder).to.equal(after?.holder);
  });

  it("is replaced when it is killed with a request under way, and what was under way comes again, in order", async () => {
    const [one, two] = [await start(), await start()];
    await begun();
    const [active, standby] = one.said("watching") ? [one, two] : [two, one];
    const before = await holder();
    let silent = true;
    receiver.answer = (): Answer => (silent ? "never" : { status: 200 });
    const ids = await testChain.start(2);
    await testChain.advance(ids, "PENDING");
    await until("a request is out", () => receiver.deliveries.length > 0);
    await active.end();
    const killedAt = Date.now();
    silent = false;
    const answeredNever = receiver.deliveries.length;
    await until("the other delivers", () => receiver.deliveries.length > answeredNever);
    // The lease lasts ten seconds, and is looked at every second.
    process.stdout.write(`        taken over ${Date.now() - killedAt} ms after kill -9\n`);
    await until("the position is past all", async () => (await store.position()) === 4);
    expect(standby.said("watching")).to.equal(true);
    expect((await holder())?.epoch).to.equal((before?.epoch ?? 0n) + 1n);
    const taken = receiver.deliveries.slice(answeredNever).flatMap(({ events }) => events);
    for (const id of ids) {
      const own = taken.filter(({ subject }) => subject === id).map(({ sequence }) => Number(sequence));
      expect(own).to.deep.equal([...own].sort((a, b) => a - b));
      expect(own).to.have.length(2);
    }
  });
});
