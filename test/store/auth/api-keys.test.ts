import { expect } from "chai";
import { createApiKeys } from "../../../src/store/auth/api-keys.js";
import { until } from "../../../tools/support/until.js";
import { startTestStore } from "../../support/watching.js";

const HOUR_MS = 3_600_000;
const OF = { principal: "shop", scopes: ["transfers:read"], payers: ["FAASTHB1"], expiresAt: null };

describe("API keys", function () {
  this.timeout(120_000);
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
    expect(found[0]).to.deep.equal({ id: "shop", scopes: OF.scopes, payers: OF.payers, expiresAt: null });
  });

  it("are kept as hashes only", async () => {
    await keys.create("hashed", "token-to-find", OF);
    expect(JSON.stringify(await store.rows("select k::text from api_keys k"))).not.to.include("token-to-find");
    expect((await keys.list({ limit: 100 })).map(({ id }) => id)).to.include("hashed");
    expect((await keys.list({ principal: "shop", limit: 100 })).map(({ id }) => id)).to.include("hashed");
    expect(await keys.list({ principal: "other", limit: 100 })).to.deep.equal([]);
  });

  it("are listed in pages, the newest first, each key once, keys of the same moment too", async () => {
    const paged = { ...OF, principal: "paged" };
    for (const id of ["p1", "p2", "p3", "p4", "p5"]) await keys.create(id, `token-${id}`, paged);
    await store.rows("update api_keys set created_at = '2026-01-01T00:00:00.000123Z' where id in ('p2', 'p3', 'p4')");
    const seen: string[] = [];
    let before: { createdAt: Date; id: string } | undefined;
    do {
      const page = await keys.list({ principal: "paged", ...(before && { before }), limit: 2 });
      seen.push(...page.map(({ id }) => id));
      before = page.length === 2 ? page[1] : undefined;
    } while (before !== undefined);
    expect(seen).to.deep.equal(["p5", "p1", "p4", "p3", "p2"]);
  });

  it("are rotated: both are good during the overlap, the old one no longer than it was", async () => {
    await keys.create("old", "token-old", OF);
    const next = await keys.rotate("old", { id: "next", token: "token-next" }, new Date(Date.now() + HOUR_MS));
    expect(next).to.include({ id: "next", principal: "shop", expiresAt: null });
    const { expiresAt: _ends, ...old } = (await keys.authenticate("token-old")) ?? {};
    expect(await keys.authenticate("token-next")).to.deep.equal({ ...old, expiresAt: null });
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

  describe("are looked up once a second", () => {
    let now: number;
    let replica: ReturnType<typeof createApiKeys>;

    beforeEach(() => {
      now = 0;
      replica = createApiKeys(store.db, () => now);
    });
    /** As another replica would, which cannot tell this one by itself. */
    const elsewhere = (id: string) => createApiKeys(store.db).remove(id);
    const isGood = async (token: string) => (await replica.authenticate(token)) !== undefined;

    it("so that one that was ended elsewhere is good for a second at most", async () => {
      await keys.create("cached", "token-cached", OF);
      expect(await isGood("token-cached")).to.equal(true);
      await elsewhere("cached");
      now = 999;
      expect(await isGood("token-cached")).to.equal(true);
      now = 1_000;
      expect(await isGood("token-cached")).to.equal(false);
    });

    it("and at once when the store tells of a change", async () => {
      await keys.create("told", "token-told", OF);
      const stop = await store.onNotice(() => replica.forget());
      expect(await isGood("token-told")).to.equal(true);
      await elsewhere("told");
      await until("it is forgotten", async () => !(await isGood("token-told")));
      await stop();
    });

    it("no longer than they last", async () => {
      await keys.create("brief", "token-brief", { ...OF, expiresAt: new Date(Date.now() + 500) });
      expect(await isGood("token-brief")).to.equal(true);
      now = 500;
      await until(
        "it has expired",
        async () => (await store.rows("select 1 from api_keys where id = 'brief' and expires_at < now()")).length === 1,
      );
      expect(await isGood("token-brief")).to.equal(false);
    });

    it("and one that is not there every time", async () => {
      expect(await isGood("token-new")).to.equal(false);
      await keys.create("new", "token-new", OF);
      expect(await isGood("token-new")).to.equal(true);
    });

    it("also after a clock that went back", async () => {
      now = 5_000;
      await keys.create("back", "token-back", OF);
      expect(await isGood("token-back")).to.equal(true);
      await elsewhere("back");
      now = 4_999;
      expect(await isGood("token-back")).to.equal(false);
    });
  });

  it("end when they are removed", async () => {
    await keys.create("gone", "token-gone", OF);
    expect([await keys.remove("gone"), await keys.remove("gone")]).to.deep.equal([true, false]);
    expect(await keys.authenticate("token-gone")).to.equal(undefined);
  });
});
