import { expect } from "chai";
import { createApiKeys } from "../../src/store/api-keys.js";
import { startTestStore } from "../support/watching.js";

const HOUR_MS = 3_600_000;
const OF = { principal: "shop", scopes: ["transfers:read"], payers: ["FAASTHB1"], expiresAt: null };

describe("API keys", function () {
  this.timeout(60_000);
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let keys: ReturnType<typeof createApiKeys>;

  before(async () => {
    store = await startTestStore();
    keys = createApiKeys(store.db);
  });
  after(() => store.close());

  it("are good until they expire, and not after", async () => {
    await keys.create("none", "token-none", OF);
    await keys.create("later", "token-later", { ...OF, expiresAt: new Date(Date.now() + HOUR_MS) });
    await keys.create("past", "token-past", { ...OF, expiresAt: new Date(Date.now() - HOUR_MS) });
    const found = await Promise.all(["none", "later", "past"].map((id) => keys.authenticate(`token-${id}`)));
    expect(found.map((principal) => principal?.id)).to.deep.equal(["shop", "shop", undefined]);
    expect(found[0]).to.deep.equal({ id: "shop", scopes: OF.scopes, payers: OF.payers });
  });

  it("are kept as hashes only", async () => {
    await keys.create("hashed", "token-to-find", OF);
    expect(JSON.stringify(await store.rows("select k::text from api_keys k"))).not.to.include("token-to-find");
    expect((await keys.list()).map(({ id }) => id)).to.include("hashed");
  });

  it("are rotated: both are good during the overlap, the old one no longer than it was", async () => {
    await keys.create("old", "token-old", OF);
    const next = await keys.rotate("old", { id: "next", token: "token-next" }, new Date(Date.now() + HOUR_MS));
    expect(next).to.include({ id: "next", principal: "shop", expiresAt: null });
    expect(await keys.authenticate("token-old")).to.deep.equal(await keys.authenticate("token-next"));
    expect((await keys.find("old"))?.expiresAt?.getTime()).to.be.above(Date.now());
    await keys.rotate("old", { id: "last", token: "token-last" }, new Date(Date.now() - 1));
    expect(await keys.authenticate("token-old")).to.equal(undefined);
    expect((await keys.authenticate("token-last"))?.id).to.equal("shop");
    expect(await keys.rotate("old", { id: "late", token: "token-late" }, new Date()), "it is none any more").to.equal(undefined);
    const soon = new Date(Date.now() + HOUR_MS);
    await keys.create("short", "token-short", { ...OF, expiresAt: soon });
    await keys.rotate("short", { id: "long", token: "token-long" }, new Date(Date.now() + 9 * HOUR_MS));
    expect((await keys.find("short"))?.expiresAt).to.deep.equal(soon);
  });

  it("end when they are removed", async () => {
    await keys.create("gone", "token-gone", OF);
    expect([await keys.remove("gone"), await keys.remove("gone")]).to.deep.equal([true, false]);
    expect(await keys.authenticate("token-gone")).to.equal(undefined);
  });
});
