import { expect } from "chai";
import { type State, stateNumber } from "../../../src/domain/transfer-state.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import { until } from "../../../tools/support/until.js";
import { PAYEE_BANK, PAYER_BANK, randomTransferId, startTestChain, type TestChain } from "../../support/chain.js";
import { ALL_TYPES, observer, startTestStore, startWatching, untilCaughtUp } from "../../support/watching.js";

const REFUSED = "eventmachine.transfer.refused";
const ITEMS_MAX = 400;
const EVIDENCE = `0x${"e1".repeat(32)}`;

describe("refused items of a batch", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  const cleanUps: (() => Promise<unknown>)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await store.close();
  });
  after(() => testChain.close());

  function watch(options: Parameters<typeof startWatching>[2] = {}) {
    const watching = startWatching(testChain.chain, store.db, options);
    cleanUps.push(watching.stop);
    return watching;
  }
  const caughtUp = () => untilCaughtUp(testChain.chain, store.db);
  async function completed(): Promise<string> {
    const [id = ""] = await testChain.start(1);
    await testChain.advance([id], "PENDING");
    await testChain.advance([id], "COMPLETED");
    return id;
  }
  const operatorKey = (bank: string) =>
    testChain.secrets.banks.find(({ id }) => id === bank)?.functions.debit.operatorKey ?? testChain.secrets.initiatorKey;
  /** Reports of a bank that the contract refuses item by item, in one transaction. */
  async function report(ids: readonly string[], to: State = "COMPLETED", bank = PAYEE_BANK): Promise<void> {
    const items = ids.map((id) => ({ id, to: stateNumber(to), reason: "0x00000000", evidence: EVIDENCE }));
    await (await testChain.contractAs(operatorKey(bank)).advance(items)).wait();
  }
  const history = (id: string) =>
    store.rows<{ sequence: bigint; refusals_before: bigint }>(
      `select sequence, refusals_before from events where transfer_id = '${id}' order by sequence`,
    );
  const kept = () =>
    store.rows<{ transfer_id: string; cause: string; sequence: bigint }>(
      "select transfer_id, cause, sequence from refusals order by sequence",
    );

  it("are no events of a completed transfer, and its store keeps the first 20 of each cause", async () => {
    watch();
    const id = await completed();
    for (let batch = 0; batch < 3; batch += 1) await report(new Array(ITEMS_MAX).fill(id));
    await testChain.advance([id], "COMPLETED");
    const other = await completed();
    await caughtUp();
    expect((await history(id)).map(({ sequence }) => Number(sequence))).to.deep.equal([1, 2, 3]);
    expect(await history(other)).to.deep.equal([
      { sequence: 1_205n, refusals_before: 1_201n },
      { sequence: 1_206n, refusals_before: 0n },
      { sequence: 1_207n, refusals_before: 0n },
    ]);
    expect((await kept()).map(({ sequence, cause }) => `${sequence} ${cause}`)).to.deep.equal(
      Array.from({ length: 20 }, (_, index) => `${index + 4} UNEXPECTED_STATE`),
    );
    const [row] = await store.rows<{ last_sequence: bigint }>(`select last_sequence from transfers where id = '${id}'`);
    expect(row?.last_sequence).to.equal(3n);
    expect((await store.cursor())?.sequence).to.equal(1_207n);
  });

  it("of ids that the chain does not know leave nothing in the store", async () => {
    watch();
    await report(Array.from({ length: ITEMS_MAX }, randomTransferId));
    await caughtUp();
    expect(await kept()).to.deep.equal([]);
    expect(await store.sequences()).to.deep.equal([]);
    expect((await store.cursor())?.sequence).to.equal(400n);
  });

  it("of another bank hide no refusal of another cause", async () => {
    watch();
    const [id = ""] = await testChain.start(1);
    await report(new Array(ITEMS_MAX).fill(id), "PENDING", PAYEE_BANK);
    await report([id], "COMPLETED", PAYER_BANK);
    await caughtUp();
    const causes = (await kept()).map(({ cause }) => cause);
    expect(causes).to.deep.equal([...new Array(20).fill("NOT_LEG_BANK"), "UNEXPECTED_STATE"]);
  });

  it("wake no function, not even one whose settings name their type", async () => {
    const receiver = await startReceiver();
    cleanUps.push(receiver.close);
    watch({ functions: [observer(receiver.url, { types: [...ALL_TYPES, REFUSED] })] });
    await until("the function begins", async () => (await store.position()) === 0);
    const id = await completed();
    await report([id, id]);
    await completed();
    await until("the function's position is behind them", async () => (await store.position()) === 8);
    const sequences = receiver.deliveries.flatMap(({ events }) => events.map(({ sequence }) => Number(sequence)));
    expect(sequences).to.deep.equal([1, 2, 3, 6, 7, 8]);
  });

  it("that the chain takes back are gone, and the count goes on from what is left", async () => {
    watch({ finality: { confirmations: 50 } });
    const id = await completed();
    await report([id, id]);
    await caughtUp();
    const snapshot = await testChain.rpc("evm_snapshot");
    await report([id, id, id]);
    await caughtUp();
    expect(await kept()).to.have.length(5);
    await testChain.rpc("evm_revert", snapshot);
    await testChain.mine(1);
    const other = await completed();
    await testChain.mine(1);
    await caughtUp();
    expect((await kept()).map(({ sequence }) => Number(sequence))).to.deep.equal([4, 5]);
    expect((await history(other))[0]).to.deep.equal({ sequence: 6n, refusals_before: 2n });
    // A reader that stood behind the refusals is told that its position is void.
    expect(await store.rows("select first_sequence, last_sequence from rollbacks")).to.deep.equal([
      { first_sequence: 6n, last_sequence: 8n },
    ]);
  });

  it("are the same after a rebuild, page by page", async () => {
    const first = watch();
    const id = await completed();
    await report(new Array(30).fill(id));
    await completed();
    await caughtUp();
    await first.stop();
    const rows = () => store.rows<unknown>("select to_jsonb(r) - 'observed_at' as row from refusals r order by sequence");
    const [before, events] = [await rows(), await store.dump()];
    await store.rows("truncate chain, cursor, blocks, events, refusals, transfers");
    watch({ maxPageBlocks: 2 });
    await caughtUp();
    expect(await rows()).to.deep.equal(before);
    expect(await store.dump()).to.deep.equal(events);
  });
});
