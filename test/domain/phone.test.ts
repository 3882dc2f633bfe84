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

/** Of each line the spelling that counts, and those that would be a second alias of it. */
const LINES: [where: string, first: string, ...second: string[]][] = [
  ["Brazil, mobile in São Paulo", "+5511987654321", "+551187654321"],
  ["Brazil, mobile that was an eight-digit 7", "+5511977654321", "+551177654321"],
  ["Vietnam, mobile", "+84366422329", "+841664223299", "+841234567890"],
  ["Mexico", "+525512345678", "+5215512345678", "+520445512345678"],
  ["Argentina, mobile", "+5491123456789", "+541123456789", "+54111523456789"],
  ["Italy, fixed line in Rome", "+390612345678", "+39612345678"],
  ["Italy, mobile", "+393391234567", "+3903391234567"],
  ["San Marino, fixed line", "+3780549886377", "+378886377", "+390549886377"],
  ["Côte d'Ivoire, mobile", "+2250707123456", "+22507123456"],
  ["Benin, mobile", "+2290197123456", "+22997123456"],
  ["Colombia, fixed line", "+576012345678", "+5712345678"],
  ["Gabon, mobile", "+24166123456", "+2416123456", "+24106123456"],
  ["Kosovo, mobile", "+38344201234", "+37744201234", "+38144201234"],
  ["Kosovo, mobile of another operator", "+38343201234", "+38643201234"],
  ["Kosovo, fixed line", "+38338201234", "+38138201234"],
  ["Palestine, mobile", "+970591234567", "+972591234567"],
  ["Palestine, mobile of another operator", "+970561234567", "+972561234567"],
  ["Palestine, fixed line", "+97022951234", "+97222951234"],
  ["Northern Ireland, fixed line", "+442890123456", "+3534890123456"],
  ["United Kingdom, mobile", "+447911123456", "+4407911123456"],
  ["Germany, mobile", "+4915112345678", "+49015112345678"],
  ["Hungary, mobile", "+36201234567", "+3606201234567"],
  ["Lebanon, mobile", "+9613123456", "+96103123456"],
  ["Cameroon, mobile", "+237677123456", "+23777123456"],
  ["Chile, fixed line", "+56227654321", "+5627654321"],
  ["Chile, mobile", "+56987654321", "+5687654321"],
  ["Philippines, fixed line", "+63281234567", "+6321234567"],
  ["Qatar, mobile", "+97466123456", "+9746123456"],
  ["Bahrain, mobile", "+97339123456", "+9739123456"],
  ["Thailand, mobile", "+66812345678", "+660812345678", "+66012345678"],
  ["Mauritius, mobile", "+23052512345", "+2302512345"],
  ["Israel, mobile", "+972502345678", "+9720502345678"],
  ["Serbia, fixed line", "+381112345678"],
  ["Monaco, mobile", "+37731234567"],
];

const REFUSED_KINDS: Record<string, string> = {
  "+66191234567": "a Thai number that no line has",
  "+8612345678901": "a Chinese number that no line has",
  "+19005551234": "premium rate",
  "+18005551234": "toll-free",
  "+80012345678": "international toll-free",
  "+448431234567": "shared cost",
  "+447012345678": "a personal number",
  "+445612345678": "internet telephony",
};

describe("phone", () => {
  for (const [where, first, ...seconds] of LINES) {
    it(`has one spelling in ${where}`, async () => {
      expect(parsePhone(first)).to.equal(first);
      for (const second of seconds) await expectAppError("invalid-phone", () => parsePhone(second));
    });
  }

  for (const [phone, kind] of Object.entries(REFUSED_KINDS)) {
    it(`refuses ${kind}: ${phone}`, async () => {
      await expectAppError("invalid-phone", () => parsePhone(phone));
    });
  }

  it("is of the kinds that the deployment accepts", async () => {
    const [mobile, fixed, either] = ["+66812345678", "+6621234567", "+14155552671"];
    expect(parsePhone(mobile, ["mobile"])).to.equal(mobile);
    expect(parsePhone(either, ["mobile"])).to.equal(either);
    expect(parsePhone(either, ["fixed-line"])).to.equal(either);
    expect(parsePhone("+445612345678", ["voip"])).to.equal("+445612345678");
    expect(parsePhone("+447012345678", ["personal"])).to.equal("+447012345678");
    await expectAppError("invalid-phone", () => parsePhone(fixed, ["mobile"]));
    await expectAppError("invalid-phone", () => parsePhone(mobile, ["fixed-line"]));
    await expectAppError("invalid-phone", () => parsePhone(either, ["voip"]));
  });

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
