import { expect } from "chai";
import { sql } from "kysely";
import { AppError } from "../../src/domain/app-error.js";
import { adoptChain, type ChainIdentity, readChainIdentity } from "../../src/store/chain-identity.js";
import { NOTICES_CHANNEL } from "../../src/store/events/notifications.js";
import { upsertFunctions } from "../../src/store/functions/retries.js";
import { assertLease, type Lease, releaseLease, takeLease } from "../../src/store/lease.js";
import { migrateStore, onStore, openStore, type Store } from "../../src/store/open-store.js";
import { isConnectionError } from "../../src/store/store-errors.js";
import { type EventRow, type TransferRow, writeProjection } from "../../src/store/transfers/projection.js";
import { TEST_SECRETS } from "../../tools/support/function-secrets.js";
import { recordingLogger, SILENT } from "../../tools/support/logger.js";
import { startTcpProxy } from "../../tools/support/tcp-proxy.js";
import { until } from "../../tools/support/until.js";
import { createTestDatabase } from "../support/postgres.js";

const CHAIN: ChainIdentity = {
  chainId: "31337",
  genesisHash: `0x${"11".repeat(32)}`,
  domain: `0x${"22".repeat(32)}`,
  contract: `0x${"aB".repeat(20)}`,
};

describe("the store", function () {
  this.timeout(120_000);
  let url: string;
  let store: Store;

  before(async () => {
    url = await createTestDatabase();
    store = openStore(url, SILENT);
    await migrateStore(store.db);
  });
  after(() => store.close());

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "nothing",
      (error: unknown) => (error instanceof AppError ? error.code : `no AppError: ${error}`),
    );

  describe("for statements by key", () => {
    const wanted = sql`select id from transfers where id = any(${["0xa", "0xb"]})`;
    const statements = async () =>
      (
        await sql<{ statement: string; generic: bigint; custom: bigint }>`
          select statement, generic_plans as generic, custom_plans as custom from pg_prepared_statements
          where statement like 'select id from transfers%' and ${true}`.execute(store.byKey)
      ).rows;

    it("has each parsed and planned once a connection", async () => {
      for (let round = 0; round < 3; round += 1) await wanted.execute(store.byKey);
      expect((await statements()).map(({ generic, custom }) => [generic, custom])).to.deep.equal([[3n, 0n]]);
      const { rows } = await sql`select from pg_prepared_statements`.execute(store.db);
      expect(rows).to.have.length(0);
    });

    it("has them go by the indexes while the tables are empty, which other statements need not", async () => {
      const plan = async (db: Store["db"]) =>
        JSON.stringify(
          (await sql.raw("explain select from unnest('{a,b}'::text[]) as w (id) join transfers using (id)").execute(db)).rows,
        );
      expect(await plan(store.byKey))
        .to.match(/Index/)
        .and.not.match(/Seq Scan on transfers/);
      expect((await sql.raw("show enable_seqscan").execute(store.db)).rows).to.deep.equal([{ enable_seqscan: "on" }]);
    });

    it("goes on when a newer version changes a table beside it", async () => {
      await wanted.execute(store.byKey);
      await sql.raw("alter table transfers add column newer text").execute(store.db);
      expect((await wanted.execute(store.byKey)).rows).to.deep.equal([]);
      await sql.raw("alter table transfers drop column newer").execute(store.db);
      expect((await wanted.execute(store.byKey)).rows).to.deep.equal([]);
    });
  });

  it("is prepared once, however many replicas start at the same time", async () => {
    const fresh = await createTestDatabase();
    const replicas = Array.from({ length: 4 }, () => openStore(fresh, SILENT));
    await Promise.all(replicas.map(({ db }) => migrateStore(db)));
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
      (replicas[0] as Store).db,
    );
    expect(rows.map(({ name }) => name)).to.deep.equal([
      "0001-initial",
      "0002-statistics",
      "0003-removed-events",
      "0004-lists",
      "0005-api-key-expiry",
      "0006-function-registry",
      "0007-sessions",
      "0008-bank-postings",
      "0009-reconciliations",
      "0011-refusals",
      "0013-replica-sessions",
      "0016-request-hash-and-resumptions",
      "0017-outcome-evidence",
      "0018-earlier-chains",
      "0019-revived-deliveries",
    ]);
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  it("says store-unavailable where there is none", async () => {
    const nowhere = openStore("postgresql://nobody@127.0.0.1:1/none", SILENT);
    expect(await codeOf(migrateStore(nowhere.db))).to.equal("store-unavailable");
    expect(await codeOf(onStore(() => sql`select 1`.execute(nowhere.db)))).to.equal("store-unavailable");
    await nowhere.close();
  });

  it("passes an error of a query on as it is", async () => {
    const error = await onStore(() => sql`select no_such_column`.execute(store.db)).catch((cause: unknown) => cause);
    expect(error).not.to.be.instanceOf(AppError);
    expect(isConnectionError(error)).to.equal(false);
  });

  describe("the chain it belongs to", () => {
    it("is begun once, and known from then on", async () => {
      expect(await adoptChain(store.db, CHAIN, false)).to.equal("begun");
      expect(await adoptChain(store.db, { ...CHAIN, contract: CHAIN.contract.toLowerCase() }, false)).to.equal("known");
    });

    for (const [field, other] of [
      ["chainId", "1"],
      ["genesisHash", `0x${"33".repeat(32)}`],
      ["domain", `0x${"33".repeat(32)}`],
      ["contract", `0x${"cd".repeat(20)}`],
    ] as const) {
      it(`is another if its ${field} is: that is refused, and nothing is lost`, async () => {
        await adoptChain(store.db, CHAIN, true);
        expect(await codeOf(adoptChain(store.db, { ...CHAIN, [field]: other }, false))).to.equal("store-foreign");
        expect(await readChainIdentity(store.db)).to.deep.equal(CHAIN);
      });
    }

    it("gives way to another where that is allowed, with the projection, and nothing else", async () => {
      await adoptChain(store.db, CHAIN, true);
      await sql`insert into blocks values (7, 'a', 'b', now())`.execute(store.db);
      await sql`insert into api_keys values ('key', 'hash', 'alice', '{}', '"any"')`.execute(store.db);
      expect(await adoptChain(store.db, { ...CHAIN, chainId: "1" }, true)).to.equal("rebuilt");
      expect(await store.db.selectFrom("blocks").selectAll().execute()).to.deep.equal([]);
      expect(await store.db.selectFrom("api_keys").select("id").execute()).to.deep.equal([{ id: "key" }]);
    });
  });

  describe("a lease", () => {
    it("is one holder's until it expires, and each change of holder is a new epoch", async () => {
      const first = await takeLease(store.db, "a", "one", 60_000);
      expect(first?.epoch).to.equal(1n);
      expect(await takeLease(store.db, "a", "two", 60_000)).to.equal(undefined);
      expect((await takeLease(store.db, "a", "one", 0))?.epoch).to.equal(1n);
      expect((await takeLease(store.db, "a", "two", 60_000))?.epoch).to.equal(2n);
    });

    it("is free at once when it is given up, and only its holder can give it up", async () => {
      const lease = await takeLease(store.db, "b", "one", 60_000);
      if (lease === undefined) throw new Error("the lease was free");
      await releaseLease(store.db, { ...lease, epoch: 99n });
      expect(await takeLease(store.db, "b", "two", 60_000)).to.equal(undefined);
      await releaseLease(store.db, lease);
      expect((await takeLease(store.db, "b", "two", 60_000))?.epoch).to.equal(2n);
    });

    it("lets nobody write who has lost it", async () => {
      const stale = await takeLease(store.db, "c", "one", 0);
      await takeLease(store.db, "c", "two", 60_000);
      const write = store.db.transaction().execute(async (transaction) => {
        await assertLease(transaction, stale ?? { name: "c", holder: "one", epoch: 1n });
        await upsertFunctions(transaction, TEST_SECRETS, []);
      });
      expect(await codeOf(write)).to.equal("lease-lost");
    });

    it("lets nobody write a page of the chain who has lost it, and tells nobody of it", async () => {
      const stale = (await takeLease(store.db, "p", "one", 0)) as Lease;
      const held = (await takeLease(store.db, "p", "two", 60_000)) as Lease;
      let told = 0;
      const stop = await store.onNotice(() => {
        told += 1;
      });
      const transferId = `0x${"7e".repeat(32)}`;
      const time = new Date("2026-01-02T03:04:05Z");
      const header = { number: 7, hash: "0x07", parentHash: "0x06", time, sequence: 1n };
      const cursor = { blockNumber: 7, blockHash: "0x07", sequence: 1n, finalBlock: 7, caughtUp: true };
      const event: EventRow = {
        ...{ sequence: 1n, type: "eventmachine.transfer.started", transferId, state: "STARTED", payerBank: "A", payeeBank: "B" },
        ...{ blockNumber: 7, blockHash: "0x07", blockTime: time, logIndex: 0, transactionHash: "0x", startedBlock: 7, data: {} },
      };
      const transfer: TransferRow = {
        ...{ id: transferId, state: "STARTED", suspendedFrom: null, payerBank: "A", payeeBank: "B", currencyNumeric: 764 },
        ...{ amountMinor: 1n, deadlineSeconds: 1, resumptions: 0, detailsHash: null },
        ...{ reason: null, startedBlock: 7, startedAt: time, updatedAt: time, lastSequence: 1n },
      };
      const page = { blocks: [header], events: [event], refusals: [], transfers: [transfer], cursor, after: 0n };
      const counts = async () => {
        const tables = ["blocks", "events", "transfers", "cursor"].map(
          (name) => `(select count(*) from ${name})::int as ${name}`,
        );
        return Object.values(
          (await sql.raw<Record<string, number>>(`select ${tables.join(", ")}`).execute(store.db)).rows[0] ?? {},
        );
      };
      expect(await codeOf(writeProjection(store.byKey, stale, page))).to.equal("lease-lost");
      expect(await counts()).to.deep.equal([0, 0, 0, 0]);
      await writeProjection(store.byKey, held, page);
      await until("it was told of", () => told > 0);
      expect([await counts(), told]).to.deep.equal([[1, 1, 1, 1], 1]);
      await stop();
    });

    it("lets nobody write whose epoch another has come to in a store that was restored from an older copy", async () => {
      const before = await takeLease(store.db, "e", "one", 0);
      await sql`delete from leases where name = 'e'`.execute(store.db);
      expect((await takeLease(store.db, "e", "two", 60_000))?.epoch).to.equal(before?.epoch);
      const write = store.db
        .transaction()
        .execute((transaction) => assertLease(transaction, before as NonNullable<typeof before>));
      expect(await codeOf(write)).to.equal("lease-lost");
    });

    it("can be taken over once its holder's session has ended, and not before", async () => {
      const holder = openStore(url, SILENT);
      const first = await takeLease(holder.db, "s", "one", 60_000, (await holder.holdSession()).id());
      expect(first?.epoch).to.equal(1n);
      expect(await takeLease(store.db, "s", "two", 60_000)).to.equal(undefined);
      await holder.close();
      let second: Lease | undefined;
      await until("it is taken over", async () => {
        second = await takeLease(store.db, "s", "two", 60_000);
        return second !== undefined;
      });
      expect(second?.epoch).to.equal(2n);
    });

    it("is held again by a session that was cut off, once it has connected anew", async () => {
      const holder = openStore(url, SILENT);
      const session = await holder.holdSession();
      await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid::bigint = ${session.id()}`.execute(
        store.db,
      );
      await until("the session is lost", () => session.id() === undefined);
      await until("the session is held again", () => session.id() !== undefined);
      await takeLease(holder.db, "t", "one", 60_000, session.id());
      expect(await takeLease(store.db, "t", "two", 60_000)).to.equal(undefined);
      await holder.close();
    });

    it("can be taken over from a process that stands still in the middle of a transaction", async () => {
      const stale = await takeLease(store.db, "d", "one", 0);
      let standStill: () => void = () => undefined;
      const stopped = new Promise<void>((resolve) => {
        standStill = resolve;
      });
      let asserted = false;
      const write = store.db.transaction().execute(async (transaction) => {
        await assertLease(transaction, stale ?? { name: "d", holder: "one", epoch: 1n });
        asserted = true;
        await stopped;
        await sql`select 1`.execute(transaction);
      });
      const failed = write.catch((error: unknown) => error);
      await until("the transaction holds the lease's row", () => asserted);
      expect((await takeLease(store.db, "d", "two", 60_000))?.epoch).to.equal(2n);
      standStill();
      expect(isConnectionError(await failed)).to.equal(true);
    });
  });

  it("tells of commits, and after an outage once more, over one connection", async () => {
    const proxy = await startTcpProxy(url);
    const { logger, lines } = recordingLogger();
    const listener = openStore(proxy.url, logger);
    let told = 0;
    const unlisten = await listener.onNotice(() => {
      told += 1;
    });
    await sql`select pg_notify(${NOTICES_CHANNEL}, '')`.execute(store.db);
    await until("it was told", () => told === 1);
    proxy.refuse(true);
    await until(
      "it has tried in vain a few times",
      () => lines.filter(({ msg }) => /no listening connection/.test(String(msg))).length >= 3,
    );
    proxy.refuse(false);
    await until("it was told that it may have missed something", () => told === 2);
    const listening = await sql<{ pid: number }>`
      select pid from pg_stat_activity where query like ${`listen ${NOTICES_CHANNEL}`}`.execute(store.db);
    expect(listening.rows).to.have.length(1);
    expect(proxy.attempts).to.be.lessThan(10);
    await unlisten();
    await listener.close();
    await proxy.close();
  });
});
