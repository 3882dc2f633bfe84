import { expect } from "chai";
import {
  isFinal,
  LEGS,
  mover,
  needsReason,
  openLeg,
  parsePhase,
  REFUSALS,
  STATES,
  stateFromNumber,
  stateNumber,
} from "../../src/domain/transfer-state.js";

const transitions = STATES.flatMap((from) => STATES.filter((to) => mover(from, to) !== "NONE").map((to) => ({ from, to })));

describe("transfer state", () => {
  it("allows exactly the transitions of the design", () => {
    expect(transitions.map(({ from, to }) => `${from}>${to}:${mover(from, to)}`)).to.have.members([
      "STARTED>PENDING:PAYER",
      "STARTED>REJECTED:PAYER",
      "STARTED>SUSPENDED:PAYER",
      "PENDING>COMPLETED:PAYEE",
      "PENDING>REVERSING:PAYEE",
      "PENDING>SUSPENDED:PAYEE",
      "REVERSING>REVERSED:PAYER",
      "REVERSING>SUSPENDED:PAYER",
    ]);
  });

  it("lets nothing follow a final state, and something follow every other but NONE and SUSPENDED", () => {
    for (const state of STATES) {
      const moves = transitions.some(({ from }) => from === state);
      if (state !== "NONE" && state !== "SUSPENDED") expect(moves).to.equal(!isFinal(state));
      else expect([moves, isFinal(state)]).to.deep.equal([false, false]);
    }
  });

  it("gives every open state one leg, who alone moves it, to a good end and to a bad one", () => {
    for (const { from, to } of transitions) expect(mover(from, to)).to.equal(openLeg(from));
    expect(STATES.filter((state) => openLeg(state) !== "NONE")).to.deep.equal(["STARTED", "PENDING", "REVERSING"]);
  });

  it("reaches every state but NONE from STARTED", () => {
    const reached = new Set(["STARTED"]);
    for (const _ of STATES) for (const { from, to } of transitions) if (reached.has(from)) reached.add(to);
    expect(reached).to.deep.equal(new Set(STATES.slice(1)));
  });

  it("never lets a debit that was refused be credited, or a credit that was made be refunded", () => {
    expect(mover("REJECTED", "PENDING")).to.equal("NONE");
    expect(mover("COMPLETED", "REVERSING")).to.equal("NONE");
    expect(mover("REVERSING", "COMPLETED")).to.equal("NONE");
    expect(mover("STARTED", "COMPLETED")).to.equal("NONE");
  });

  it("wants a reason for a no and for a suspension only", () => {
    expect(STATES.filter(needsReason)).to.deep.equal(["REJECTED", "REVERSING", "SUSPENDED"]);
  });

  it("numbers states as their place in the list", () => {
    for (const [number, state] of STATES.entries()) {
      expect(stateNumber(state)).to.equal(number);
      expect(stateFromNumber(BigInt(number))).to.equal(state);
    }
    expect(() => stateFromNumber(STATES.length)).to.throw(RangeError);
    expect([LEGS.length, REFUSALS.length]).to.deep.equal([3, 15]);
  });

  it("reads the phase byte", () => {
    expect(parsePhase(0x02)).to.deep.equal({ state: "PENDING", suspendedFrom: undefined });
    expect(parsePhase(0x57n)).to.deep.equal({ state: "SUSPENDED", suspendedFrom: "REVERSING" });
  });
});
