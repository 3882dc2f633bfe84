import process from "node:process";
import { pino } from "pino";
import { readStoreConfig } from "../../src/config/config.js";
import { wipeProjection } from "../../src/store/chain-identity.js";
import { releaseLease, takeLease, WATCHER_LEASE } from "../../src/store/lease.js";
import { migrateStore, openStore } from "../../src/store/open-store.js";

// npm run rebuild (with DATABASE_URL): throws the projection away; the watcher makes it anew from the chain when it starts next. The
// journal, the API keys and the function registry stay. No bank is asked for anything: functions are woken for open transfers only.

const LEASE_DURATION_MS = 60_000;

const store = openStore(readStoreConfig().DATABASE_URL, pino({ level: "warn" }));
try {
  await migrateStore(store.db);
  const lease = await takeLease(store.db, WATCHER_LEASE, `rebuild-${process.pid}`, LEASE_DURATION_MS);
  if (lease === undefined) {
    process.stderr.write("A watcher is running on this store. Stop every watcher, wait a few seconds, and try again.\n");
    process.exitCode = 1;
  } else {
    await store.db.transaction().execute(wipeProjection);
    await releaseLease(store.db, lease);
    process.stdout.write("The projection is gone. Start the watcher: it rebuilds it from the chain.\n");
  }
} finally {
  await store.close();
}
