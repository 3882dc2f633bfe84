import { expect } from "chai";
import { retryAfterMs } from "../../src/domain/retry-after.js";

describe("Retry-After", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const cases: [string | string[] | undefined, number | undefined][] = [
    ["0", 0],
    ["7", 7_000],
    [["7", "9"], 7_000],
    ["99999999999999999999", 60_000],
    ["Sat, 21 Nov 2026 12:00:05 GMT", 5_000],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["Sat, 21 Nov 2036 12:00:00 GMT", 60_000],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined],
  ];
  for (const [header, expected] of cases) {
    it(`of ${JSON.stringify(header) ?? "nothing"} is ${expected ?? "nothing"}`, () => {
      expect(retryAfterMs(header, now, 60_000)).to.equal(expected);
    });
  }
});
