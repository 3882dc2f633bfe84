import { expect } from "chai";
import { createFunctionSecrets, type SealedSecret } from "../../src/domain/function-secrets.js";
import { expectAppError } from "./expect-app-error.js";

const KEYS = new Map([
  [1, `0x${"11".repeat(32)}`],
  [2, `0x${"22".repeat(32)}`],
]);
const SECRET = "whsec_c2VjcmV0";
const SHOP = { name: "shop", owner: "alice" };

describe("functions' secrets", () => {
  const old = createFunctionSecrets(KEYS, 1);
  const secrets = createFunctionSecrets(KEYS, 2);

  it("open again, hold nothing in the clear, and differ each time", () => {
    const sealed = secrets.seal(SHOP, SECRET);
    expect(secrets.open(SHOP, sealed)).to.equal(SECRET);
    expect(sealed).to.match(/^sealed:2:[A-Za-z0-9_-]+$/);
    expect(secrets.seal(SHOP, SECRET)).not.to.equal(sealed);
  });

  for (const [as, fn] of [
    ["another function's", { ...SHOP, name: "other" }],
    ["another owner's", { ...SHOP, owner: "bob" }],
    ["the deployment's", { name: "shop" }],
  ] as const) {
    it(`do not open as ${as}`, async () => {
      const sealed = secrets.seal(SHOP, SECRET);
      await expectAppError("cannot-open", () => secrets.open(fn, sealed));
    });
  }

  it("do not open under another key, another version's name, or changed, nor in the clear", async () => {
    const sealed = secrets.seal(SHOP, SECRET);
    const last = sealed.at(-2) === "A" ? "B" : "A";
    const wrong = [
      sealed.replace(":2:", ":1:"),
      sealed.replace(":2:", ":3:"),
      sealed.slice(0, -2) + last + sealed.at(-1),
      "sealed:2:AA",
      SECRET,
    ];
    for (const each of wrong) await expectAppError("cannot-open", () => secrets.open(SHOP, each as SealedSecret));
  });

  it("are renewed where they are in the clear or of an older key, and stay as they are otherwise", () => {
    const older = old.seal(SHOP, SECRET);
    for (const stored of [SECRET, older]) {
      const renewed = secrets.renew(SHOP, stored);
      expect(renewed).to.match(/^sealed:2:/);
      expect(secrets.open(SHOP, renewed)).to.equal(SECRET);
    }
    const current = secrets.seal(SHOP, SECRET);
    expect(secrets.renew(SHOP, current)).to.equal(current);
    expect(old.renew(SHOP, current)).to.equal(current);
  });
});
