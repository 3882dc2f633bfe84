import { expect } from "chai";
import { encodeWordsOf } from "../../src/chain/contracts/call-codec.js";
import { readTransfers } from "../../src/chain/contracts/read-transfers.js";
import { AppError } from "../../src/domain/app-error.js";
import { postingReference } from "../../src/domain/posting.js";
import { credit } from "../../src/functions/credit.js";
import { debit } from "../../src/functions/debit.js";
import { handleEvents } from "../../src/functions/handle-events.js";
import type { LegTransfer } from "../../src/functions/leg.js";
import { refund } from "../../src/functions/refund.js";
import { startRpcProxy } from "../../tools/support/rpc-proxy.js";
import { randomTransferId, startTestChain, type TestChain } from "../support/chain.js";
import { ACCOUNT, eventOf, startLegNetwork } from "../support/leg-network.js";

describe("a function's handling of events", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let network: Awaited<ReturnType<typeof startLegNetwork>>;

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    network = await startLegNetwork(testChain, 30_000n);
  });
  afterEach(() => network.close());
  after(() => testChain.close());

  const state = async (id: string) => (await readTransfers(testChain.chain, [id], await testChain.blockNumber()))[0]?.state;
  const reasons = async () =>
    (await testChain.chain.transfers.queryFilter(testChain.chain.transfers.filters.TransferRejected())).map(({ args }) =>
      Buffer.from(args.reason.slice(2), "hex").toString("ascii"),
    );

  it("debits, and tells the chain", async () => {
    const id = await network.start();
    expect(await handleEvents(network.legDeps(debit), [eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("PENDING");
    expect(network.balanceMinor()).to.equal(17_655n);
  });

  it("debits once, however often and at once it is told of it", async () => {
    const id = await network.start();
    const deps = network.legDeps(debit);
    const event = eventOf(id, 1);
    const failed = await Promise.all([1, 2, 3].map(() => handleEvents(deps, [event, event, eventOf(id, 1, "other")])));
    expect(failed.flat()).to.deep.equal([]);
    await handleEvents(deps, [event]);
    expect(await state(id)).to.equal("PENDING");
    expect(network.balanceMinor()).to.equal(17_655n);
  });

  it("does nothing for a transfer that the chain does not know, however well it is told, and deals with the rest", async () => {
    const id = await network.start();
    const forged = [eventOf(randomTransferId(), 1), eventOf("0x12", 1)];
    expect(await handleEvents(network.legDeps(debit), [...forged, eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("PENDING");
    expect(network.ledger.entries({ limit: 100 }).filter(({ kind }) => kind === "debit")).to.have.length(2);
  });

  it("does nothing for a transfer that is in another state, or another bank's", async () => {
    const id = await network.start();
    expect(await handleEvents(network.legDeps(refund), [eventOf(id, 1)])).to.deep.equal([]);
    expect(await handleEvents({ ...network.legDeps(debit), bankId: "THRDTHB1" }, [eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("STARTED");
  });

  it("wants an event again that its own node does not know yet, unless there is something to do all the same", async () => {
    const [id, gone] = [await network.start(), await network.start()];
    await handleEvents(network.legDeps(debit), [eventOf(gone, 2)]);
    const ahead = [eventOf(randomTransferId(), 99), eventOf(gone, 98)];
    const failed = await handleEvents(network.legDeps(debit), [...ahead, eventOf(gone, 2, "again"), eventOf(id, 97)]);
    expect(failed.map((entry) => entry.id)).to.deep.equal(ahead.map((event) => event.id));
    for (const { error } of failed) expect(error).to.match(/^chain-unavailable/);
    expect(await state(id)).to.equal("PENDING");
  });

  it("rejects with the bank's reason", async () => {
    const ids = [await network.start(), await network.start(), await network.start()];
    expect(
      await handleEvents(
        network.legDeps(debit),
        ids.map((id, index) => eventOf(id, index + 1)),
      ),
    ).to.deep.equal([]);
    const states = await Promise.all(ids.map(state));
    expect(states.sort()).to.deep.equal(["PENDING", "PENDING", "REJECTED"]);
    expect(await reasons()).to.deep.equal(["AM04"]);
  });

  it("rejects where the phone number's entry is no longer the one of the start", async () => {
    const id = await network.start({ aliasVersion: 7 });
    await handleEvents(network.legDeps(debit), [eventOf(id, 1)]);
    expect(await reasons()).to.deep.equal(["BE23"]);
    expect((await network.bank.find(postingReference(id, "debit")))?.status).to.equal("refused");
  });

  it("closes the debit's reference after the deadline", async () => {
    const id = await network.start();
    await testChain.rpc("evm_increaseTime", 4_000);
    await testChain.mine(1);
    await handleEvents(network.legDeps(debit), [eventOf(id, 1)]);
    expect(await reasons()).to.deep.equal(["AB06"]);
    expect(network.balanceMinor()).to.equal(30_000n);
  });

  it("reports what the bank had answered before the deadline, or before a suspension, all the same", async () => {
    const [late, suspended] = [await network.start(), await network.start()];
    const posting = (id: string) => ({ kind: "debit", reference: postingReference(id, "debit"), account: "1112223334" }) as const;
    for (const id of [late, suspended]) await network.bank.post({ ...posting(id), amountMinor: 12_345n, currency: "THB" });
    await testChain.advance([suspended], "SUSPENDED", "NARR");
    await testChain.rpc("evm_increaseTime", 4_000);
    await testChain.mine(1);
    expect(await handleEvents(network.legDeps(debit), [eventOf(late, 1), eventOf(suspended, 2)])).to.deep.equal([]);
    expect([await state(late), await state(suspended)]).to.deep.equal(["PENDING", "PENDING"]);
    expect(network.balanceMinor()).to.equal(5_310n);
  });

  it("begins nothing while a transfer is suspended", async () => {
    const id = await network.start();
    await testChain.advance([id], "SUSPENDED", "NARR");
    expect(await handleEvents(network.legDeps(debit), [eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("SUSPENDED");
    expect(await network.bank.find(postingReference(id, "debit"))).to.equal(undefined);
  });

  it("wants again what it cannot open, and deals with the rest", async () => {
    const [garbled, sound] = [await network.start({ garbled: true }), await network.start()];
    const failed = await handleEvents(network.legDeps(debit), [eventOf(garbled, 1), eventOf(sound, 2)]);
    expect(failed.map(({ id }) => id)).to.deep.equal([eventOf(garbled, 1).id]);
    expect(failed[0]?.error).to.match(/^cannot-open/);
    expect([await state(garbled), await state(sound)]).to.deep.equal(["STARTED", "PENDING"]);
  });

  it("wants again the transfers whose starts its node leaves out, and deals with the rest", async () => {
    const [missing, sound] = [await network.start(), await network.start()];
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    proxy.tamper = ({ method }, result) => {
      const all = result as { topics: string[] }[];
      return method === "eth_getLogs" ? { result: all.filter(({ topics }) => topics[1] !== missing) } : undefined;
    };
    const failed = await handleEvents(network.legDeps(debit, chain), [eventOf(missing, 1), eventOf(sound, 2)]);
    expect(failed.map(({ id }) => id)).to.deep.equal([eventOf(missing, 1).id]);
    expect([await state(missing), await state(sound)]).to.deep.equal(["STARTED", "PENDING"]);
    chain.close();
    await proxy.close();
  });

  it("wants again what fails in a way that nobody has thought of, and deals with the rest", async () => {
    const [odd, sound] = [await network.start(), await network.start()];
    const deps = network.legDeps(debit);
    const post: typeof deps.bank.post = async (posting) => {
      if (posting.reference === postingReference(odd, "debit")) throw new TypeError("of undefined");
      return await network.bank.post(posting);
    };
    const failed = await handleEvents({ ...deps, bank: { ...deps.bank, post } }, [eventOf(odd, 1), eventOf(sound, 2)]);
    expect(failed).to.have.length(1);
    expect(failed[0]?.error)
      .to.match(/^internal/)
      .and.not.include("of undefined");
    expect([await state(odd), await state(sound)]).to.deep.equal(["STARTED", "PENDING"]);
  });

  it("finds a start that lies before where the sender says it is", async () => {
    const id = await network.start();
    await testChain.mine(3);
    const event = eventOf(id, 1).cloneWith({ startedblock: String(await testChain.blockNumber()) });
    expect(await handleEvents(network.legDeps(debit), [event])).to.deep.equal([]);
    expect(await state(id)).to.equal("PENDING");
  });

  it("does not take an older answer about the newest block for nothing to do", async () => {
    const id = await network.start();
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    const call = { to: chain.deployment.contracts.transferStateRepo, data: encodeWordsOf([id]) };
    // Of a node that is behind: it does not know the transfer yet.
    const older = await testChain.rpc("eth_call", call, `0x${((await testChain.blockNumber()) - 1).toString(16)}`);
    proxy.tamper = ({ method, params }) => (method === "eth_call" && params[1] === "latest" ? { result: older } : undefined);
    expect(await handleEvents(network.legDeps(debit, chain), [eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("PENDING");
    chain.close();
    await proxy.close();
  });

  it("looks nothing up as of a block before the transfer's start", async () => {
    const id = await network.start();
    const started = await testChain.blockNumber();
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    const older = await testChain.rpc("eth_getBlockByNumber", `0x${(started - 1).toString(16)}`, false);
    proxy.tamper = ({ method, params }) =>
      method === "eth_getBlockByNumber" && params[0] === "latest" ? { result: older } : undefined;
    const event = eventOf(id, 1).cloneWith({ startedblock: String(started) });
    expect(await handleEvents(network.legDeps(debit, chain), [event])).to.have.length(1);
    expect(await state(id)).to.equal("STARTED");
    proxy.tamper = () => undefined;
    expect(await handleEvents(network.legDeps(debit, chain), [event])).to.deep.equal([]);
    expect(await state(id)).to.equal("PENDING");
    chain.close();
    await proxy.close();
  });

  it("acts on nothing that is not final by its own configuration", async () => {
    const id = await network.start();
    const deps = { ...network.legDeps(debit), finality: { confirmations: 2 } };
    expect(await handleEvents(deps, [eventOf(id, 1)])).to.have.length(1);
    expect(await state(id)).to.equal("STARTED");
    await testChain.mine(2);
    expect(await handleEvents(deps, [eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("PENDING");
  });

  it("says chain-unavailable for the whole batch where its node is away", async () => {
    const proxy = await startRpcProxy("http://127.0.0.1:1");
    const chain = testChain.connect(proxy.url);
    const error = await handleEvents(network.legDeps(debit, chain), [eventOf(randomTransferId(), 1)]).catch(
      (cause: unknown) => cause,
    );
    expect(error).to.be.instanceOf(AppError).with.property("code", "chain-unavailable");
    chain.close();
    await proxy.close();
  });

  it("refunds to the account of the debit", async () => {
    const id = await network.start();
    await handleEvents(network.legDeps(debit), [eventOf(id, 1)]);
    await testChain.advance([id], "REVERSING", "AC04");
    expect(await handleEvents(network.legDeps(refund), [eventOf(id, 3)])).to.deep.equal([]);
    expect(await state(id)).to.equal("REVERSED");
    expect(network.balanceMinor()).to.equal(30_000n);
  });

  it("asks again where the bank's answer is not known, and suspends nothing", async () => {
    const id = await network.start();
    const deps = network.legDeps(debit);
    for (const code of ["bank-outcome-unknown", "bank-protocol", "bank-unreachable"] as const) {
      const post = () => Promise.reject(new AppError(code, "Ask again."));
      const failed = await handleEvents({ ...deps, bank: { ...deps.bank, post } }, [eventOf(id, 1)]);
      expect(failed[0]?.error).to.match(new RegExp(`^${code}`));
      expect(await state(id)).to.equal("STARTED");
    }
    expect(await handleEvents(deps, [eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("PENDING");
  });

  describe("crediting a number that has moved to another bank", () => {
    const moved = (id: string): LegTransfer => ({
      id,
      amountMinor: 12_345n,
      currency: { code: "THB", numeric: 764, minorDigits: 2 },
      overdue: false,
      resumptions: 0,
      account: async () => undefined,
    });

    it("completes the transfer where an earlier try has credited and its answer was lost", async () => {
      const id = randomTransferId();
      const reference = postingReference(id, "credit");
      await network.bank.post({ kind: "credit", reference, account: ACCOUNT, amountMinor: 12_345n, currency: "THB" });
      expect((await credit.handle(moved(id), network)).to).to.equal("COMPLETED");
    });

    it("closes the credit's reference before it reverses, so that a credit that arrives late is refused", async () => {
      const id = randomTransferId();
      const reference = postingReference(id, "credit");
      const before = network.balanceMinor();
      expect(await credit.handle(moved(id), network)).to.include({ to: "REVERSING", reason: "BE23" });
      const late = { kind: "credit", reference, account: ACCOUNT, amountMinor: 12_345n, currency: "THB" } as const;
      expect(await network.bank.post(late)).to.include({ status: "refused", reason: "BE23" });
      expect(network.balanceMinor()).to.equal(before);
    });
  });

  it("suspends what even the bank's statement does not tell, and goes on once people have resumed it and the bank can tell", async () => {
    const id = await network.start();
    const undecided = async () => {
      throw new AppError("bank-undecided", "Ask the bank.");
    };
    const deps = network.legDeps(debit);
    const dumb = { ...deps, bank: { ...deps.bank, post: undecided, find: async () => undefined } };
    expect(await handleEvents(dumb, [eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("SUSPENDED");
    expect(await handleEvents(dumb, [eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("SUSPENDED");
    await deps.bank.post({
      kind: "debit",
      reference: postingReference(id, "debit"),
      account: ACCOUNT,
      amountMinor: 12_345n,
      currency: "THB",
    });
    expect(await handleEvents(deps, [eventOf(id, 1)])).to.deep.equal([]);
    expect(await state(id)).to.equal("PENDING");
  });
});
