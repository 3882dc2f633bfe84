import { expect } from "chai";
import { sql } from "kysely";
import { NOTICES_CHANNEL } from "../../src/store/events/notifications.js";
import { openStore } from "../../src/store/open-store.js";
import { SILENT } from "../../tools/support/logger.js";
import { until } from "../../tools/support/until.js";
import { findPgbouncer, startPgbouncer } from "../support/pgbouncer.js";
import { startPostgresServer } from "../support/postgres-server.js";

const file = findPgbouncer();

describe(`the store behind PgBouncer in session mode${file === undefined ? " (skipped: no pgbouncer)" : ""}`, function () {
  this.timeout(120_000);
  const cleanUps: (() => Promise<unknown>)[] = [];
  let store: ReturnType<typeof openStore>;

  before(async function () {
    if (file === undefined) return this.skip();
    const server = await startPostgresServer();
    cleanUps.push(server.remove);
    const bouncer = await startPgbouncer(file, server.url);
    cleanUps.push(bouncer.stop);
    store = openStore(bouncer.url, SILENT);
    cleanUps.push(store.close);
    await store.prepare(async () => undefined);
  });
  after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  it("ends a session that is idle in a transaction, on both pools", async () => {
    for (const db of [store.db, store.byKey]) {
      const { rows } = await sql<{ idle: string }>`
        select current_setting('idle_in_transaction_session_timeout') as idle`.execute(db);
      expect(rows[0]?.idle).to.equal("5s");
    }
  });

  it("answers statements that are prepared under a name, again and again", async () => {
    for (let round = 0; round < 20; round += 1) {
      const { rows } = await sql<{ sum: number }>`select ${round}::integer + 1 as sum`.execute(store.byKey);
      expect(rows[0]?.sum).to.equal(round + 1);
    }
  });

  it("hears notices of commits", async () => {
    let heard = 0;
    const stop = await store.onNotice(() => {
      heard += 1;
    });
    await sql`select pg_notify(${NOTICES_CHANNEL}, 'anything')`.execute(store.db);
    await until("a notice is heard", () => heard > 0);
    await stop();
  });
});
