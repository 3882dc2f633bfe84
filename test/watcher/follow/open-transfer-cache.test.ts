import { expect } from "chai";
import type { ChainEvent } from "../../../src/chain/contracts/chain-event.js";
import { type TransferRow, upsertTransferRows } from "../../../src/store/transfers/projection.js";
import { createOpenTransfers } from "../../../src/watcher/follow/open-transfer-cache.js";
import { startTestStore } from "../../support/watching.js";

const STARTED = {
  payerBank: "FAASTHB1",
  payeeBank: "WHSKTHB1",
  currencyNumeric: 764,
  amountMinor: 1n,
  deadlineSeconds: 1,
  details: "0x",
};

function event(transferId: string, started = false): ChainEvent {
  const at = { blockNumber: 1, blockHash: "0x01", logIndex: 0, transactionHash: "0x" };
  const type = "eventmachine.transfer.pending";
  return { type, sequence: 1n, transferId, ...at, ...(started && { started: STARTED }) } as ChainEvent;
}

function row(id: string, state = "STARTED"): TransferRow {
  const { details: _, ...terms } = STARTED;
  const at = { startedBlock: 1, startedAt: new Date(0), updatedAt: new Date(0), lastSequence: 1n };
  return { id, state, suspendedFrom: null, reason: null, resumptions: 0, detailsHash: null, ...terms, ...at };
}

describe("the open transfers", () => {
  let store: Awaited<ReturnType<typeof startTestStore>>;

  beforeEach(async () => {
    store = await startTestStore();
  });
  afterEach(() => store.close());

  it("are remembered as they were committed, until they have ended", async () => {
    const open = createOpenTransfers(store.db);
    open.committed([row("a", "PENDING"), row("b", "COMPLETED")]);
    // Neither is in the store.
    expect([...(await open.before([event("a"), event("b")])).values()]).to.deep.equal([row("a", "PENDING")]);
    open.committed([row("a", "COMPLETED")]);
    expect((await open.before([event("a")])).size).to.equal(0);
  });

  it("are those of the store where they are not remembered, and not any more", async () => {
    await upsertTransferRows(store.db, [row("a"), row("b")]);
    const open = createOpenTransfers(store.db);
    open.committed([row("a", "PENDING")]);
    const found = async () =>
      [...(await open.before([event("a"), event("b")])).values()].map(({ id, state }) => `${id} ${state}`);
    expect(await found()).to.have.members(["a PENDING", "b STARTED"]);
    open.forget();
    expect(await found()).to.have.members(["a STARTED", "b STARTED"]);
  });

  it("need not be known where they begin", async () => {
    await store.close();
    const open = createOpenTransfers(store.db);
    expect((await open.before([event("a", true), event("a")])).size).to.equal(0);
    store = await startTestStore();
  });

  it("are not remembered without bound", async () => {
    const open = createOpenTransfers(store.db);
    open.committed(Array.from({ length: 20_001 }, (_, index) => row(String(index))));
    expect([...(await open.before([event("0"), event("1")])).keys()]).to.deep.equal(["1"]);
  });
});
