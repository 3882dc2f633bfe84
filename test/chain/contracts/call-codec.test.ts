import { expect } from "chai";
import { hexlify } from "ethers";
import fc from "fast-check";
import {
  decodeGetAccounts,
  decodeHoldersOf,
  decodeWordsOf,
  encodeAdvance,
  encodeGetAccounts,
  encodeHoldersOf,
  encodeStartBatch,
  encodeWordsOf,
} from "../../../src/chain/contracts/call-codec.js";
import { bankIdToBytes } from "../../../src/domain/ids.js";
import { reasonToBytes4 } from "../../../src/domain/reason.js";
import { STATES, stateNumber } from "../../../src/domain/transfer-state.js";
import { PhoneAccountRepo__factory, TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";
import { expectAppError } from "../../domain/expect-app-error.js";

const contract = TransferStateRepo__factory.createInterface();

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexlify);
const bank = fc.constantFrom("FAASTHB1", "WHSKTHB1", "AAAAAA00");
const start = fc.record({
  transferId: bytes32,
  requestHash: bytes32,
  payerBank: bank,
  payeeBank: bank,
  currencyNumeric: fc.integer({ min: 0, max: 0xffff }),
  amountMinor: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  deadlineSeconds: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
  details: fc.uint8Array({ maxLength: 300 }),
});
const transition = fc.record(
  { transferId: bytes32, to: fc.constantFrom(...STATES), reason: fc.constantFrom("AM04", "AC01"), evidence: bytes32 },
  { requiredKeys: ["transferId", "to"] },
);

describe("the calldata of the hot calls", () => {
  it("is byte for byte what ethers makes of startBatch", () => {
    fc.assert(
      fc.property(fc.array(start, { maxLength: 8 }), (starts) => {
        const items = starts.map((item) => ({
          requestHash: item.requestHash,
          payerBank: bankIdToBytes(item.payerBank),
          payeeBank: bankIdToBytes(item.payeeBank),
          currency: item.currencyNumeric,
          amount: item.amountMinor,
          deadline: item.deadlineSeconds,
          details: item.details,
        }));
        expect(encodeStartBatch(starts)).to.equal(contract.encodeFunctionData("startBatch", [items]));
      }),
    );
  });

  it("is byte for byte what ethers makes of advance", () => {
    fc.assert(
      fc.property(fc.array(transition, { maxLength: 8 }), (transitions) => {
        const items = transitions.map(({ transferId, to, reason, evidence }) => ({
          id: transferId,
          to: stateNumber(to),
          reason: reasonToBytes4(reason),
          evidence: evidence ?? `0x${"0".repeat(64)}`,
        }));
        expect(encodeAdvance(transitions)).to.equal(contract.encodeFunctionData("advance", [items]));
      }),
    );
  });

  it("is byte for byte what ethers makes of wordsOf", () => {
    fc.assert(
      fc.property(fc.array(bytes32, { maxLength: 8 }), (ids) => {
        expect(encodeWordsOf(ids)).to.equal(contract.encodeFunctionData("wordsOf", [ids]));
      }),
    );
  });

  const sound = {
    transferId: `0x${"1".repeat(64)}`,
    requestHash: `0x${"2".repeat(64)}`,
    payerBank: "FAASTHB1",
    payeeBank: "WHSKTHB1",
    currencyNumeric: 764,
    amountMinor: 1n,
    deadlineSeconds: 1,
    details: new Uint8Array(),
  };

  for (const [what, wrong] of Object.entries({
    "a request's hash that is too short": { requestHash: "0x11" },
    "a request's hash that is not hex": { requestHash: `0x${"g".repeat(64)}` },
    "a currency over 16 bits": { currencyNumeric: 65_536 },
    "a deadline that is a fraction": { deadlineSeconds: 1.5 },
    "an amount over 64 bits": { amountMinor: 2n ** 64n },
    "a negative amount": { amountMinor: -1n },
  })) {
    it(`refuses ${what}`, () => {
      expect(() => encodeStartBatch([{ ...sound, ...wrong }])).to.throw();
    });
  }

  it("refuses evidence that is no hash", () => {
    expect(() => encodeAdvance([{ transferId: sound.transferId, to: "PENDING", evidence: "0x12" }])).to.throw(RangeError);
  });
});

describe("the answer of wordsOf", () => {
  const stored = fc.record({
    phase: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 0x17, 0x27, 0x57),
    payerBank: bank,
    payeeBank: bank,
    currencyNumeric: fc.integer({ min: 0, max: 0xffff }),
    amountMinor: fc.bigInt({ min: 0n, max: 2n ** 56n - 1n }),
    resumptions: fc.integer({ min: 0, max: 255 }),
    deadlineSeconds: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
  });
  type Stored = typeof stored extends fc.Arbitrary<infer Value> ? Value : never;

  // As `TransferStates.started` puts a word together.
  const wordOf = (transfer: Stored) =>
    BigInt(transfer.phase) |
    (BigInt(bankIdToBytes(transfer.payerBank)) << 8n) |
    (BigInt(bankIdToBytes(transfer.payeeBank)) << 72n) |
    (BigInt(transfer.currencyNumeric) << 136n) |
    (transfer.amountMinor << 152n) |
    (BigInt(transfer.resumptions) << 208n) |
    (BigInt(transfer.deadlineSeconds) << 216n);
  const answer = (words: readonly bigint[]) => contract.encodeFunctionResult("wordsOf", [words]);
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `0x${String(index).padStart(64, "0")}`);

  it("is read as it was put together", () => {
    fc.assert(
      fc.property(fc.array(stored, { maxLength: 8 }), (transfers) => {
        const read = decodeWordsOf(answer(transfers.map(wordOf)), ids(transfers.length));
        const phaseOf = ({ state, suspendedFrom }: (typeof read)[number]) =>
          (suspendedFrom === undefined ? 0 : stateNumber(suspendedFrom) << 4) | stateNumber(state);
        expect(
          read.map((transfer) => {
            const { id: _id, state: _state, suspendedFrom: _from, ...fields } = transfer;
            return { phase: phaseOf(transfer), ...fields };
          }),
        ).to.deep.equal(transfers);
      }),
    );
  });

  it("has no banks for a transfer that the chain does not know", () => {
    expect(decodeWordsOf(answer([0n]), ids(1))[0]).to.include({ state: "NONE", payerBank: "", payeeBank: "" });
  });

  for (const [what, data] of Object.entries({
    nothing: "0x",
    "half a word": "0x1234",
    text: "error",
    "fewer transfers than asked for": answer([]),
  })) {
    it(`is not believed when it is ${what}`, async () => {
      await expectAppError("chain-unavailable", () => decodeWordsOf(data, ids(1)));
    });
  }
});

describe("the answer about who holds phone numbers", () => {
  const accounts = PhoneAccountRepo__factory.createInterface();
  const stored = fc.record({ bank, version: fc.integer({ min: 1, max: 2 ** 32 - 1 }) });
  const answer = (holders: readonly object[]) => accounts.encodeFunctionResult("holdersOf", [holders]);
  const aliases = (count: number) => Array.from({ length: count }, (_, index) => `0x${String(index).padStart(64, "0")}`);

  it("is asked for byte for byte as ethers asks, and read as it was written", () => {
    fc.assert(
      fc.property(fc.array(fc.option(stored, { nil: undefined }), { maxLength: 8 }), (holders) => {
        const ids = aliases(holders.length);
        expect(encodeHoldersOf(ids)).to.equal(accounts.encodeFunctionData("holdersOf", [ids]));
        // A number that was released keeps its version.
        const written = holders.map((holder) =>
          holder === undefined ? { bank: "0x0000000000000000", version: 7 } : { ...holder, bank: bankIdToBytes(holder.bank) },
        );
        expect(decodeHoldersOf(answer(written), ids)).to.deep.equal(holders);
      }),
    );
  });

  for (const [what, data] of Object.entries({ nothing: "0x", "fewer than asked for": answer([]) })) {
    it(`is not believed when it is ${what}`, async () => {
      await expectAppError("chain-unavailable", () => decodeHoldersOf(data, aliases(1)));
    });
  }
});

describe("the answer about phone accounts", () => {
  const accounts = PhoneAccountRepo__factory.createInterface();
  const stored = fc.record({
    bank: bank.map(bankIdToBytes),
    version: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    sealedAccount: fc.uint8Array({ maxLength: 100 }),
  });
  const none = { bank: "0x0000000000000000", version: 0, sealedAccount: new Uint8Array() };
  const answer = (entries: readonly object[]) => accounts.encodeFunctionResult("getMany", [entries]);
  const aliases = (count: number) => Array.from({ length: count }, (_, index) => `0x${String(index).padStart(64, "0")}`);

  it("is asked for byte for byte as ethers asks, and read as it was written", () => {
    fc.assert(
      fc.property(fc.array(fc.option(stored, { nil: undefined }), { maxLength: 8 }), (entries) => {
        const ids = aliases(entries.length);
        expect(encodeGetAccounts(ids)).to.equal(accounts.encodeFunctionData("getMany", [ids]));
        const read = decodeGetAccounts(answer(entries.map((entry) => entry ?? none)), ids);
        expect(
          read.map(
            (entry) =>
              entry && {
                bank: bankIdToBytes(entry.bank),
                version: entry.version,
                sealedAccount: Uint8Array.from(entry.sealedAccount),
              },
          ),
        ).to.deep.equal(entries);
      }),
    );
  });

  for (const [what, data] of Object.entries({ nothing: "0x", "fewer than asked for": answer([]) })) {
    it(`is not believed when it is ${what}`, async () => {
      await expectAppError("chain-unavailable", () => decodeGetAccounts(data, aliases(1)));
    });
  }
});
