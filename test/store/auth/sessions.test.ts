import { expect } from "chai";
import { sql } from "kysely";
import { createApiKeys } from "../../../src/store/auth/api-keys.js";
import { createSessions } from "../../../src/store/auth/sessions.js";
import { openStore, type Store } from "../../../src/store/open-store.js";
import { SILENT } from "../../../tools/support/logger.js";
import { createStoreDatabase } from "../../support/postgres.js";

describe("the store's sessions", function () {
  this.timeout(120_000);
  let store: Store;
  let keys: ReturnType<typeof createApiKeys>;
  let sessions: ReturnType<typeof createSessions>;

  before(async () => {
    store = openStore(await createStoreDatabase(), SILENT);
    keys = createApiKeys(store.db);
    sessions = createSessions(store.db);
  });

  beforeEach(async () => {
    await keys.put("own", "own-token", { id: "alice", scopes: ["transfers:read"], payers: ["FAASTHB1"] });
  });

  after(async () => {
    await store.close();
  });

  async function begin(token = "own-token") {
    const begun = await sessions.begin(token);
    if (begun === undefined) throw new Error("No session has begun");
    return begun;
  }

  it("stand for their key, at every replica", async () => {
    const { id, principal } = await begin();
    expect(principal).to.deep.equal({ id: "alice", scopes: ["transfers:read"], payers: ["FAASTHB1"], expiresAt: null });
    expect(await createSessions(store.db).find(id)).to.deep.equal(principal);
  });

  it("do not begin with what is no key", async () => {
    expect(await sessions.begin("nobody's")).to.equal(undefined);
    expect(await sessions.find("nobody's")).to.equal(undefined);
  });

  it("are kept as hashes, theirs and their key's", async () => {
    const { id } = await begin();
    const { rows } = await sql<{ row: string }>`select row_to_json(s)::text as row from sessions s`.execute(store.db);
    expect(rows.length).to.be.above(0);
    for (const { row } of rows) expect(row.includes(id) || row.includes("own-token")).to.equal(false);
  });

  it("have what their key may do now, not when they began", async () => {
    const { id } = await begin();
    await keys.put("own", "own-token", { id: "alice", scopes: [], payers: "any" });
    expect(await sessions.find(id)).to.deep.equal({ id: "alice", scopes: [], payers: "any", expiresAt: null });
  });

  it("end when they are ended", async () => {
    const [{ id }, other] = [await begin(), await begin()];
    await sessions.end(id);
    expect(await sessions.find(id)).to.equal(undefined);
    expect(await sessions.find(other.id)).not.to.equal(undefined);
  });

  it("end with their key: replaced, removed or expired", async () => {
    const replaced = await begin();
    await keys.put("own", "next-token", { id: "alice", scopes: [], payers: "any" });
    expect(await sessions.find(replaced.id)).to.equal(undefined);
    const removed = await begin("next-token");
    await keys.remove("own");
    expect(await sessions.find(removed.id)).to.equal(undefined);
    const endsAt = new Date(Date.now() + 3_600_000);
    await keys.create("short", "short-token", { principal: "bob", scopes: [], payers: "any", expiresAt: endsAt });
    const expired = await begin("short-token");
    expect(expired.expiresAt).to.deep.equal(endsAt);
    await sql`update api_keys set expires_at = now() where id = 'short'`.execute(store.db);
    expect(await sessions.find(expired.id)).to.equal(undefined);
  });

  it("end by themselves, and are forgotten when the next begins", async () => {
    const { id, expiresAt } = await begin();
    expect(expiresAt.getTime()).to.be.within(Date.now() + 7 * 3_600_000, Date.now() + 9 * 3_600_000);
    await sql`update sessions set expires_at = now()`.execute(store.db);
    expect(await sessions.find(id)).to.equal(undefined);
    await begin();
    expect((await sql`select from sessions`.execute(store.db)).rows).to.have.length(1);
  });
});
