import { expect } from "chai";
import { netBilaterally, netByBank } from "../../src/dashboard/live/positions.js";

const position = (payer: string, payee: string, amount: string, currency = "THB") => ({
  payer: { bank: payer },
  payee: { bank: payee },
  amount: { amount, currency },
  transfers: 1,
});

describe("who owes whom", () => {
  it("sets both directions of a pair off", () => {
    expect(netBilaterally([position("A", "B", "100"), position("B", "A", "130")])).to.deep.equal([
      { debtor: "B", creditor: "A", currency: "THB", amountMinor: 30n, transfers: 2 },
    ]);
  });

  it("keeps an even pair, tells currencies apart, and owes nobody within one bank", () => {
    const nets = netBilaterally([
      ...[position("A", "B", "5"), position("B", "A", "5"), position("A", "A", "9")],
      position("A", "B", "7", "USD"),
    ]);
    expect(nets.map(({ debtor, currency, amountMinor }) => `${debtor} ${currency} ${amountMinor}`)).to.deep.equal([
      "A THB 0",
      "A USD 7",
    ]);
  });

  it("adds up to nothing over all banks, exact beyond what a number holds", () => {
    const large = "9007199254740993";
    const sums = netByBank([position("A", "B", large), position("B", "C", "2"), position("C", "A", "3")]);
    expect(sums.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)).to.equal(0n);
    expect(sums.find(({ bank }) => bank === "B")?.amountMinor).to.equal(9_007_199_254_740_991n);
  });
});
