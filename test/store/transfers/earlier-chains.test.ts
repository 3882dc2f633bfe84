import { expect } from "chai";
import { adoptChain } from "../../../src/store/chain-identity.js";
import { readEarlierDomains, readEarlierTransfers, recordChain } from "../../../src/store/transfers/earlier-chains.js";
import { createJournal } from "../../../src/store/transfers/journal.js";
import { upsertTransferRows } from "../../../src/store/transfers/projection.js";
import { listTransfers } from "../../../src/store/transfers/transfer-list.js";
import { startTestStore } from "../../support/watching.js";

const chainOf = (digit: string) => ({
  chainId: "31337",
  genesisHash: `0x${digit.repeat(64)}`,
  domain: `0x${digit.repeat(64)}`,
  contract: `0x${digit.repeat(40)}`,
});
const [FIRST, SECOND, THIRD] = [chainOf("1"), chainOf("2"), chainOf("3")];
const idOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}`;
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
const TERMS = {
  payerBank: "FAASTHB1",
  payeeBank: "WHSKTHB1",
  currencyNumeric: 764,
  amountMinor: 1n,
  deadlineSeconds: 1_900_000_000,
};

function rowOf(number: number, state: string): Parameters<typeof upsertTransferRows>[1][number] {
  return {
    ...{
      ...TERMS,
      id: idOf(number),
      state,
      suspendedFrom: null,
      reason: null,
      startedBlock: 1,
      resumptions: 0,
      detailsHash: null,
    },
    ...{ startedAt: at(number), updatedAt: at(number), lastSequence: 1n },
  };
}

describe("transfers of earlier chains", function () {
  this.timeout(60_000);
  let store: Awaited<ReturnType<typeof startTestStore>>;

  const accept = (domain: string, number: number) =>
    createJournal(store.db, domain).insert({
      ...{
        ...TERMS,
        transferId: idOf(number),
        principal: "shop",
        requestHash: idOf(number),
        details: Buffer.alloc(1),
        fieldHashes: {},
      },
      ...{ acceptedAt: at(number), status: "accepted" },
    });
  const project = (number: number, state: string) => upsertTransferRows(store.db, [rowOf(number, state)]);

  before(async () => {
    store = await startTestStore();
    await adoptChain(store.db, FIRST, true);
    await accept(FIRST.domain, 1);
    await project(1, "COMPLETED");
    await adoptChain(store.db, SECOND, true);
    await accept(SECOND.domain, 2);
    await project(2, "PENDING");
    await accept(SECOND.domain, 3);
    // Another initiator's, which this store's journal does not know.
    await project(4, "REVERSED");
    await adoptChain(store.db, THIRD, true);
    await accept(THIRD.domain, 5);
    await project(5, "STARTED");
  });
  after(() => store.close());

  it("are kept as they last stood when another chain's projection takes their place", async () => {
    const domains = await readEarlierDomains(store.db, THIRD.domain);
    expect(domains).deep.equal([SECOND.domain, FIRST.domain]);
    const found = await readEarlierTransfers(store.db, domains, [1, 2, 3, 4, 5].map(idOf));
    const seen = [...found.values()].map(({ id, domain, entry, view }) => [Number(id), domain, entry !== undefined, view?.state]);
    expect(seen.sort()).deep.equal([
      [1, FIRST.domain, true, "COMPLETED"],
      [2, SECOND.domain, true, "PENDING"],
      [3, SECOND.domain, true, undefined],
      [4, SECOND.domain, false, "REVERSED"],
    ]);
  });

  it("are of an earlier chain before the projection of the present one is begun, too", async () => {
    expect(await readEarlierDomains(store.db, "0xfourth")).deep.equal([THIRD.domain, SECOND.domain, FIRST.domain]);
  });

  for (const [whose, principal, numbers] of [
    ["a principal's", "shop", [5, 3, 2, 1]],
    ["everybody's", undefined, [5, 4, 3, 2, 1]],
  ] as const) {
    it(`are in ${whose} list, newest first, each with its chain, page by page`, async () => {
      const domains = [THIRD.domain, SECOND.domain, FIRST.domain] as const;
      const query = principal === undefined ? {} : { principal };
      const all = await listTransfers(store.db, domains, { ...query, limit: 10 });
      expect(all.map(({ position }) => Number(position.id))).deep.equal(numbers);
      expect(all.map(({ earlierChain }) => earlierChain).filter((domain) => domain !== undefined)).have.length(
        numbers.length - 1,
      );
      const first = await listTransfers(store.db, domains, { ...query, limit: 2 });
      const before = first.at(-1)?.position;
      const rest = await listTransfers(store.db, domains, { ...query, limit: 10, ...(before && { before }) });
      expect([...first, ...rest]).deep.equal(all);
      const pending = await listTransfers(store.db, domains, { ...query, state: "PENDING", limit: 10 });
      expect(pending.map(({ position, view }) => [Number(position.id), view?.state])).deep.equal([[2, "PENDING"]]);
    });
  }

  it("are of an earlier chain where the API accepted them and nobody followed their chain before it was replaced", async () => {
    const unseen = `0x${"7".repeat(64)}`;
    await recordChain(store.db, unseen);
    await accept(unseen, 7);
    const domains = await readEarlierDomains(store.db, THIRD.domain);
    expect([...domains].sort()).deep.equal([FIRST.domain, SECOND.domain, unseen]);
    const found = await readEarlierTransfers(store.db, domains, [idOf(7)]);
    expect(found.get(idOf(7))).deep.include({ domain: unseen });
  });

  it("show their newer state after their chain returned and was replaced again", async () => {
    const again = await startTestStore();
    const of = async (chain: typeof FIRST, state: string) => {
      await adoptChain(again.db, chain, true);
      await upsertTransferRows(again.db, [rowOf(1, state)]);
    };
    await of(FIRST, "STARTED");
    await adoptChain(again.db, SECOND, true);
    await of(FIRST, "PENDING");
    await adoptChain(again.db, SECOND, true);
    const stateOf = async () => (await readEarlierTransfers(again.db, [FIRST.domain], [idOf(1)])).get(idOf(1))?.view?.state;
    expect(await stateOf()).equal("PENDING");
    // Replaced once more before its projection has any transfer.
    await adoptChain(again.db, FIRST, true);
    await adoptChain(again.db, SECOND, true);
    expect(await stateOf()).equal("PENDING");
    await again.close();
  });

  it("are not in the list of the present chain alone", async () => {
    const own = await listTransfers(store.db, [THIRD.domain], { principal: "shop", limit: 10 });
    expect(own.map(({ position }) => Number(position.id))).deep.equal([5]);
  });
});
