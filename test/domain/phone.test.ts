import { expect } from "chai";
import fc from "fast-check";
import { maskPhone, parsePhone } from "../../src/domain/phone.js";
import { expectAppError } from "./expect-app-error.js";

const VALID = ["+66812345678", "+66898765432", "+14155552671", "+447911123456", "+8613800138000", "+390612345678"];

const INVALID = {
  "without a plus": "66812345678",
  "in national form": "0812345678",
  "with spaces": "+66 81 234 5678",
  "with full-width digits": "+６６８１２３４５６７８",
  "with a full-width plus": "＋66812345678",
  "with Arabic-Indic digits": "+٦٦٨١٢٣٤٥٦٧٨",
  "with a bidi mark": "\u202a+66812345678",
  "with a zero-width space": "+6681234\u200b5678",
  "with a line break at the end": "+66812345678\n",
  "with a national trunk prefix": "+660812345678",
  "with an extension": "+66812345678;ext=1",
  "as a URI": "tel:+66812345678",
  "too long": "+668123456789012",
  "too short": "+668123",
  "of a country code that is not assigned": "+2101234567",
  "of a range that is not assigned": "+66000000000",
  "that is empty": "",
  "that is very long": `+${"6".repeat(10_000)}`,
};

describe("phone", () => {
  for (const phone of VALID) {
    it(`takes ${phone}`, () => expect(parsePhone(phone)).to.equal(phone));
  }

  for (const [what, phone] of Object.entries(INVALID)) {
    it(`refuses a number ${what}`, async () => {
      const error = await expectAppError("invalid-phone", () => parsePhone(phone));
      if (phone !== "") expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.to.include(phone);
    });
  }

  it("gives back what it was given, or refuses it", () => {
    const digits = fc.stringMatching(/^\+[0-9]{4,16}$/);
    fc.assert(
      fc.property(fc.oneof(digits, fc.string({ unit: "binary" })), (text) => {
        try {
          return parsePhone(text) === text && /^\+[1-9][0-9]{1,14}$/.test(text);
        } catch {
          return true;
        }
      }),
    );
  });

  it("masks all but the first and last characters", () => {
    expect(maskPhone("+66812345678")).to.equal("+66*******78");
    expect(maskPhone("+6681")).to.equal("+6681");
  });
});
