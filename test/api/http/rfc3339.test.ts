import { expect } from "chai";
import fc from "fast-check";
import { parseTimeMs } from "../../../src/api/http/rfc3339.js";
import { expectAppError } from "../../domain/expect-app-error.js";

const GOOD: Record<string, string> = {
  "2026-12-01T23:59:59Z": "2026-12-01T23:59:59.000Z",
  "2026-12-01t23:59:59z": "2026-12-01T23:59:59.000Z",
  "2026-12-01T00:00:00+23:59": "2026-11-30T00:01:00.000Z",
  "2026-12-01T00:00:00-23:59": "2026-12-01T23:59:00.000Z",
  "2026-12-01T00:00:00-00:00": "2026-12-01T00:00:00.000Z",
  "2026-12-01T00:00:00.123456789Z": "2026-12-01T00:00:00.123Z",
  "2028-02-29T00:00:00Z": "2028-02-29T00:00:00.000Z",
};

const BAD = [
  ...["2026-12-01T24:00:00Z", "2026-12-01T25:00:00Z", "2026-12-01T23:60:00Z", "2026-12-31T23:59:60Z", "2026-12-01T23:59:61Z"],
  ...["2026-02-29T00:00:00Z", "2026-02-30T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z"],
  ...["2026-12-00T00:00:00Z", "2026-12-32T00:00:00Z", "2026-12-01T00:00:00+24:00", "2026-12-01T00:00:00+23:60"],
  ...["2026-12-01T00:00:00", "2026-12-01T00:00Z", "2026-12-01 00:00:00Z", "2026-12-01T00:00:00.Z", "2026-12-01", "", "now"],
  ...[
    "2026-12-01T00:00:00,5Z",
    "+002026-12-01T00:00:00Z",
    "2026-12-01T00:00:00ZZ",
    "2026-12-01T00:00:00Z\n",
    " 2026-12-01T00:00:00Z",
  ],
  ...["2026-12-01T00:00:00 +00:00", "2026-12-01T00:00:00+0000", "２026-12-01T00:00:00Z"],
];

describe("times by RFC 3339", () => {
  for (const [text, expected] of Object.entries(GOOD)) {
    it(`reads ${text}`, () => expect(new Date(parseTimeMs(text, "A time")).toISOString()).to.equal(expected));
  }

  for (const text of BAD) {
    it(`refuses ${JSON.stringify(text)}`, async () => {
      await expectAppError("invalid-request", () => parseTimeMs(text, "A time"));
    });
  }

  it("reads every time that a Date writes", () => {
    const date = fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true });
    fc.assert(fc.property(date, (at) => parseTimeMs(at.toISOString(), "A time") === at.getTime()));
  });
});
