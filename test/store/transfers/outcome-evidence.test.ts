import { expect } from "chai";
import { migrateStore, openStore, type Store } from "../../../src/store/open-store.js";
import { findStatements, forgetStatement, keepStatement, listStatements } from "../../../src/store/transfers/outcome-evidence.js";
import { SILENT } from "../../../tools/support/logger.js";
import { createTestDatabase } from "../../support/postgres.js";

const ID = `0x${"5a".repeat(32)}`;
const OTHER_ID = `0x${"5b".repeat(32)}`;

describe("statements about outcomes in the store", function () {
  this.timeout(120_000);
  let store: Store;

  before(async () => {
    store = openStore(await createTestDatabase(), SILENT);
    await migrateStore(store.db);
  });
  after(() => store.close());

  const keep = (hash: string, transferId: string) =>
    keepStatement(store.db, { hash, transferId, content: `{"note":"${hash}"}`, proposer: "person-1" });

  it("keeps each statement under its hash, lists a transfer's in their order, and forgets one", async () => {
    for (const [hash, id] of [
      ["0x02", ID],
      ["0x01", ID],
      ["0x03", OTHER_ID],
    ] as const) {
      await keep(hash, id);
    }
    expect((await listStatements(store.db, ID)).map(({ hash }) => hash)).to.deep.equal(["0x02", "0x01"]);
    const [found, ...others] = await findStatements(store.db, ["0x03", "0x04"]);
    expect(others).to.deep.equal([]);
    expect(found).to.deep.include({ hash: "0x03", transferId: OTHER_ID, content: '{"note":"0x03"}', proposer: "person-1" });
    expect(found?.at).to.be.instanceOf(Date);
    await forgetStatement(store.db, "0x02");
    expect((await listStatements(store.db, ID)).map(({ hash }) => hash)).to.deep.equal(["0x01"]);
    expect(await findStatements(store.db, [])).to.deep.equal([]);
  });

  it("never writes over a statement", async () => {
    await keep("0x05", ID);
    const error: unknown = await keep("0x05", OTHER_ID).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(Error);
    expect((await findStatements(store.db, ["0x05"]))[0]?.transferId).to.equal(ID);
  });
});
