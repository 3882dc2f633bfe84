import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { Webhook } from "standardwebhooks";
import type { FunctionSettings } from "../../../src/domain/function-settings.js";
import { insertFunction, removeFunction, rotateSecret, updateFunction } from "../../../src/store/functions/function-registry.js";
import { createTargetGuard } from "../../../src/webhooks/target-guard.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { ALL_TYPES, startTestStore, startWatching } from "../../support/watching.js";

// What waits must not be given up while a change is being noticed.
const PATIENT = { maxAttempts: 10_000, firstRetryMs: 5, maxRetryMs: 40 };
const SECRET = `whsec_${randomBytes(32).toString("base64")}`;

describe("a function that is registered while the watcher runs", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  const cleanUps: (() => Promise<unknown>)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    receiver = await startReceiver();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await receiver.close();
    await store.close();
  });
  after(() => testChain.close());

  function settings(more: Partial<FunctionSettings> = {}): FunctionSettings {
    const filter = { payerBank: null, payeeBank: null, ofPrincipal: null, currency: null };
    return { url: receiver.url, types: ALL_TYPES, ...filter, batchSize: 10, concurrency: 2, retry: null, ...more };
  }
  /** Watches, and registers functions of these settings by their names. */
  async function register(functions: Record<string, FunctionSettings>, loopbackToo = true): Promise<void> {
    const allowed = loopbackToo ? [{ address: "127.0.0.1", prefix: 32, family: "ipv4" as const }] : [];
    const guard = createTargetGuard({}, { allowed, connections: 4, connectTimeoutMs: 2_000 });
    const { stop } = startWatching(
      testChain.chain,
      store.db,
      { delivery: PATIENT },
      { guarded: guard.dispatcherOf, host: undefined },
    );
    cleanUps.push(guard.destroy, stop);
    for (const [name, of] of Object.entries(functions)) {
      expect(await insertFunction(store.db, TEST_SECRETS, { name, secret: SECRET, owner: "alice", settings: of }, 10)).to.equal(
        "inserted",
      );
    }
    await until("they begin", async () => {
      const positions = await Promise.all(Object.keys(functions).map((name) => store.position(name)));
      return positions.every((position) => position >= 0);
    });
  }
  async function ownedBy(principal: string, transferId: string): Promise<void> {
    await store.rows(`insert into journal (transfer_id, domain, principal, payer_bank, payee_bank, currency, amount, deadline,
      details, field_hashes, status, accepted_at, lease_until)
      values ('${transferId}', '0x00', '${principal}', 'FAASTHB1', 'WHSKTHB1', 764, 1, 0, '', '{}', 'started', now(), now())`);
  }
  const subjects = () => receiver.deliveries.flatMap(({ events }) => events.map(({ subject }) => subject));

  it("hears of its principal's transfers, in its currency, and of no others", async () => {
    const others = await startReceiver();
    cleanUps.push(others.close);
    await register({
      own: settings({ ofPrincipal: "alice", currency: 764 }),
      dollars: settings({ url: others.url, ofPrincipal: "alice", currency: 840 }),
    });
    const [first = "", second = ""] = await testChain.start(2);
    // As in life: the journal has a transfer before it goes on.
    await ownedBy("alice", second);
    await ownedBy("bob", first);
    await testChain.advance([first, second], "PENDING");
    await until("both have all", async () => (await store.position("own")) === 4 && (await store.position("dollars")) === 4);
    expect(new Set(subjects())).to.deep.equal(new Set([second]));
    expect(others.deliveries).to.deep.equal([]);
  });

  it("hears of what happens right after its registration, and of what was open before", async () => {
    const [open = ""] = await testChain.start(1);
    await register({ first: settings() });
    await until("the first has it", async () => receiver.sequences().includes(1));
    const later = await startReceiver();
    cleanUps.push(later.close);
    await insertFunction(
      store.db,
      TEST_SECRETS,
      { name: "second", secret: SECRET, owner: "alice", settings: settings({ url: later.url }) },
      10,
    );
    // Not a moment later: whoever registers must not have to wait until the watcher has noticed.
    expect(await store.position("second")).to.equal(1);
    await testChain.advance([open], "PENDING");
    await until("the second has both", () => later.sequences().length >= 2);
    expect(later.sequences().slice(0, 2)).to.deep.equal([1, 2]);
  });

  it("is tried as often as its own policy says", async () => {
    receiver.answer = () => ({ status: 500 });
    await register({ own: settings({ retry: { maxAttempts: 2, firstRetryMs: 1, maxRetryMs: 2 } }) });
    await testChain.start(1);
    await until("it is given up", async () => (await store.retries()).some(({ status }) => status === "dead"));
    expect((await store.retries()).map(({ attempts }) => attempts)).to.deep.equal([2]);
    expect(receiver.deliveries).to.have.length(2);
  });

  it("may say anything: it is kept as far as PostgreSQL can", async () => {
    receiver.answer = () => ({ status: 500, body: `a\0b\ud800${"x".repeat(5_000)}` });
    await register({ own: settings({ retry: { maxAttempts: 2, firstRetryMs: 1, maxRetryMs: 2 } }) });
    await testChain.start(1);
    await until("it is given up", async () => (await store.retries()).some(({ status }) => status === "dead"));
    receiver.answer = ({ events }) => ({ status: 200, body: { failed: [{ id: events[0]?.id, error: "c\0d" }] } });
    await testChain.start(1);
    await until("the next is given up", async () => (await store.retries()).length === 2);
    const errors = (await store.retries()).map(({ last_error }) => last_error ?? "");
    expect(errors[0]?.length).to.be.below(501);
    expect(errors[1]).to.equal("cd");
  });

  it("gets both signatures while its secret is being replaced", async () => {
    await register({ own: settings() });
    const next = `whsec_${randomBytes(32).toString("base64")}`;
    await rotateSecret(store.db, TEST_SECRETS, { name: "own", secret: next, overlapSeconds: 3_600 });
    const verifies = (secret: string) => {
      const { body = "", headers = {} } = receiver.deliveries.at(-1) ?? {};
      try {
        new Webhook(secret).verify(body, headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    };
    await until("a delivery has both", async () => {
      await testChain.start(1);
      return verifies(next) && verifies(SECRET);
    });
    await rotateSecret(store.db, TEST_SECRETS, { name: "own", secret: SECRET, overlapSeconds: 0 });
    await until("a delivery has the newest only", async () => {
      await testChain.start(1);
      return verifies(SECRET) && !verifies(next);
    });
  });

  it("is not reached at an address that is not public", async () => {
    await register({ own: settings() }, false);
    await testChain.start(1);
    await until("it is parked", async () => (await store.retries()).some(({ last_error }) => last_error !== null));
    expect((await store.retries())[0]?.last_error).to.match(/not public/);
    expect(receiver.deliveries).to.deep.equal([]);
  });

  it("is changed, and forgotten with all that waits for it", async () => {
    receiver.answer = () => ({ status: 503 });
    await register({ own: settings() });
    await testChain.start(1);
    await until("it is parked", async () => (await store.retries()).length === 1);
    const other = await startReceiver();
    cleanUps.push(other.close);
    await updateFunction(store.db, "own", { settings: settings({ url: other.url }), enabled: undefined });
    await until("the other has it", async () => (await store.retries()).length === 0);
    expect(other.sequences()).to.deep.equal([1]);
    let answerNow = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answerNow = resolve;
    });
    other.answer = async () => {
      await held;
      return { status: 503 };
    };
    await insertFunction(store.db, TEST_SECRETS, { name: "next", secret: SECRET, owner: "alice", settings: settings() }, 10);
    receiver.answer = () => ({ status: 200 });
    await until("the next begins", async () => (await store.position("next")) >= 0);
    await testChain.start(1);
    await until("it is being asked", () => other.deliveries.length === 2);
    await removeFunction(store.db, "own");
    answerNow();
    // What it was asked is forgotten with it, and nobody else is held up.
    await testChain.start(1);
    await until("the next has both", async () => (await store.position("next")) === 3);
    expect(await store.rows("select name from functions")).to.deep.equal([{ name: "next" }]);
    expect(await store.retries()).to.deep.equal([]);
  });
});
