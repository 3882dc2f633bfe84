import { expect } from "chai";
import fc from "fast-check";
import { CURRENCY_ROWS } from "../../src/domain/currencies.js";
import { currencyByCode, currencyByNumeric, formatMoney, MAX_AMOUNT_MINOR, parseMoney } from "../../src/domain/money.js";
import { expectAppError } from "./expect-app-error.js";

describe("money", () => {
  it("knows currencies by either code", () => {
    expect(currencyByCode("THB")).to.deep.equal({ code: "THB", numeric: 764, minorDigits: 2 });
    expect(currencyByNumeric(392)).to.deep.equal({ code: "JPY", numeric: 392, minorDigits: 0 });
    expect(currencyByNumeric(414)?.minorDigits).to.equal(3);
    expect(currencyByCode("thb")).to.equal(undefined);
    expect(currencyByNumeric(0)).to.equal(undefined);
  });

  it("has each currency once, with codes that the contract takes", () => {
    expect(new Set(CURRENCY_ROWS.map(([code]) => code)).size).to.equal(CURRENCY_ROWS.length);
    expect(new Set(CURRENCY_ROWS.map(([, numeric]) => numeric)).size).to.equal(CURRENCY_ROWS.length);
    for (const [code, numeric, minorDigits] of CURRENCY_ROWS) {
      expect(code).to.match(/^[A-Z]{3}$/);
      expect(numeric).to.be.within(1, 999);
      expect([0, 2, 3]).to.include(minorDigits);
    }
  });

  it("has no currency that the runtime's own list does not know", () => {
    const known = new Set([...Intl.supportedValuesOf("currency"), "XCG", "ZWG", "VED", "SLE"]);
    expect(CURRENCY_ROWS.filter(([code]) => !known.has(code))).to.deep.equal([]);
  });

  it("reads what it writes, for every amount and currency", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, MAX_AMOUNT_MINOR), fc.constantFrom(...CURRENCY_ROWS), (amountMinor, [code]) => {
        const money = parseMoney({ amount: amountMinor.toString(), currency: code });
        expect(money.amountMinor).to.equal(amountMinor);
        expect(formatMoney(money.amountMinor, money.currency)).to.deep.equal({ amount: amountMinor.toString(), currency: code });
      }),
    );
  });

  for (const amount of [
    "0",
    "-1",
    "+1",
    "1.0",
    "1e3",
    "01",
    "",
    " 1",
    "1 ",
    "1\n",
    "0x10",
    "１",
    "1000000000000001",
    "9".repeat(40),
  ]) {
    it(`refuses the amount ${JSON.stringify(amount)}`, async () => {
      await expectAppError("invalid-amount", () => parseMoney({ amount, currency: "THB" }));
    });
  }

  it("takes the largest amount", () => {
    expect(parseMoney({ amount: "1000000000000000", currency: "THB" }).amountMinor).to.equal(MAX_AMOUNT_MINOR);
  });

  for (const currency of ["", "thb", "XXX", "XAU", "USN", "BTC", "THB ", "__proto__", "764"]) {
    it(`refuses the currency ${JSON.stringify(currency)}`, async () => {
      await expectAppError("invalid-currency", () => parseMoney({ amount: "1", currency }));
    });
  }
});
