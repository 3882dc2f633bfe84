import { expect } from "chai";
import { type EventFragment, hexlify, randomBytes } from "ethers";
import { decodeEvent, EVENT_TYPES, type RawLog } from "../../../src/chain/contracts/chain-event.js";
import { bankIdToBytes } from "../../../src/domain/ids.js";
import { REFUSALS, STATES } from "../../../src/domain/transfer-state.js";
import { TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";
import { expectAppError } from "../../domain/expect-app-error.js";

const contract = TransferStateRepo__factory.createInterface();
const ID = hexlify(randomBytes(32));
const EVIDENCE = hexlify(randomBytes(32));
const OPERATOR = hexlify(randomBytes(20));
const PROPOSER = hexlify(randomBytes(20));
// A proposal or a confirmation names a state that the transfer does not enter by this event.
const NAMES_A_STATE = ["ResolutionProposed", "OutcomeProposed", "OutcomeConfirmed"];

// A value of each argument's name, unlike any other.
const ARGUMENTS: Record<string, unknown> = {
  id: ID,
  sequence: 42n,
  payerBank: bankIdToBytes("FAASTHB1"),
  payeeBank: bankIdToBytes("WHSKTHB1"),
  currency: 764,
  amount: 10n ** 15n,
  deadline: 1_900_000_000,
  details: hexlify(randomBytes(198)),
  evidence: EVIDENCE,
  reason: "0x414d3034",
  from: 2,
  to: 5,
  current: 1,
  cause: 3,
  by: OPERATOR,
  proposer: PROPOSER,
  confirmer: OPERATOR,
  resumptions: 9,
};

function logOf(fragment: EventFragment, changed: Record<string, unknown> = {}): RawLog {
  const values = fragment.inputs.map(({ name }) => changed[name] ?? ARGUMENTS[name]);
  const { data, topics } = contract.encodeEventLog(fragment, values);
  return { data, topics, blockNumber: 7, blockHash: `0x${"b".repeat(64)}`, index: 3, transactionHash: `0x${"c".repeat(64)}` };
}

const fragments = Object.keys(EVENT_TYPES).map((name) => contract.getEvent(name as keyof typeof EVENT_TYPES));

describe("an event of the contract", () => {
  for (const fragment of fragments) {
    it(`${fragment.name} is read as ethers reads it`, () => {
      const log = logOf(fragment);
      const event = decodeEvent(log);
      const args = contract.parseLog(log)?.args.toObject() ?? {};
      expect(event).to.include({ transferId: args.id, sequence: args.sequence, blockNumber: 7, logIndex: 3 });
      expect(event?.evidence).to.equal(args.evidence);
      expect(event?.reason).to.equal("reason" in args ? "AM04" : undefined);
      expect(event?.started?.details).to.equal(args.details);
      expect(event?.started?.amountMinor).to.equal(args.amount);
      expect(event?.started?.payerBank).to.equal("payerBank" in args ? "FAASTHB1" : undefined);
      expect(event?.started?.payeeBank).to.equal("payeeBank" in args ? "WHSKTHB1" : undefined);
      expect(event?.started?.currencyNumeric).to.equal("currency" in args ? 764 : undefined);
      expect(event?.started?.deadlineSeconds).to.equal("deadline" in args ? 1_900_000_000 : undefined);
      expect(event?.suspendedFrom).to.equal("from" in args ? STATES[2] : undefined);
      expect(event?.refusal?.current).to.equal("current" in args ? STATES[1] : undefined);
      expect(event?.refusal?.to).to.equal("current" in args ? STATES[5] : undefined);
      expect(event?.resumptions).to.equal("resumptions" in args ? 9 : undefined);
      expect(event?.to).to.equal(NAMES_A_STATE.includes(fragment.name) ? STATES[5] : undefined);
      const people = ["proposer", "confirmer", "by"].flatMap((name) => (name in args ? [args[name].toLowerCase()] : []));
      // Who suspended a transfer is not told on.
      const named = fragment.name === "TransferSuspended" || people.length === 0 ? undefined : people;
      expect(event?.by).to.deep.equal(named);
      expect(event?.refusal?.cause).to.equal("cause" in args ? REFUSALS[3] : undefined);
    });
  }

  it("enters the state that it is named after", () => {
    const states = Object.fromEntries(fragments.map((fragment) => [fragment.name, decodeEvent(logOf(fragment))?.state]));
    expect(states).to.deep.equal({
      TransferStarted: "STARTED",
      TransferPending: "PENDING",
      TransferCompleted: "COMPLETED",
      TransferRejected: "REJECTED",
      TransferReversing: "REVERSING",
      TransferReversed: "REVERSED",
      TransferSuspended: "SUSPENDED",
      TransferResolved: "REVERSING",
      ResolutionProposed: undefined,
      ResolutionWithdrawn: undefined,
      OutcomeProposed: undefined,
      OutcomeWithdrawn: undefined,
      OutcomeConfirmed: undefined,
      TransitionRefused: undefined,
    });
  });

  it("has no evidence and no reason where they are zero", () => {
    const zeros = { evidence: `0x${"0".repeat(64)}`, reason: "0x00000000" };
    const event = decodeEvent(logOf(contract.getEvent("TransferSuspended"), zeros));
    expect(event).to.not.have.any.keys("evidence", "reason");
  });

  it("is nobody's transfer when it is a change of authority", () => {
    expect(decodeEvent(logOf(contract.getEvent("AuthorityUpdated"), { authority: OPERATOR }))).to.equal(undefined);
  });

  it("is not believed when its data is cut off", async () => {
    const log = logOf(contract.getEvent("TransferStarted"));
    await expectAppError("chain-unavailable", () => decodeEvent({ ...log, data: log.data.slice(0, -64) }));
    await expectAppError("chain-unavailable", () => decodeEvent({ ...log, data: "0x" }));
  });
});
