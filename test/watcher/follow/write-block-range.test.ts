import { expect } from "chai";
import { upsertFunctions } from "../../../src/store/functions/retries.js";
import { takeLease, WATCHER_LEASE } from "../../../src/store/lease.js";
import { createOpenTransfers } from "../../../src/watcher/follow/open-transfer-cache.js";
import { writePage } from "../../../src/watcher/follow/write-block-range.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { startTestStore } from "../../support/watching.js";

const HASH = `0x${"11".repeat(32)}`;
const FUNCTION = {
  name: "f",
  url: "http://127.0.0.1:1/",
  secret: "whsec_AAAA",
  types: ["eventmachine.transfer.started"],
  payerBank: null,
  payeeBank: null,
  batchSize: 1,
  concurrency: 1,
};

describe("the page that catches up with the chain", () => {
  let store: Awaited<ReturnType<typeof startTestStore>>;

  beforeEach(async () => {
    store = await startTestStore();
  });
  afterEach(() => store.close());

  /** Where the function stands after an empty page. */
  async function positionAfter(catchesUp: boolean): Promise<unknown> {
    await upsertFunctions(store.db, TEST_SECRETS, [FUNCTION]);
    const lease = await takeLease(store.db, WATCHER_LEASE, "test", 60_000);
    if (lease === undefined) throw new Error("The lease is another's");
    const last = { number: 7, hash: HASH, parentHash: HASH, timestamp: 1, raw: {} };
    const cursor = { blockNumber: 7, blockHash: HASH, sequence: 3n, finalBlock: 7, caughtUp: catchesUp };
    await writePage(
      { db: store.db, lease, open: createOpenTransfers(store.db) },
      { page: { last, headers: new Map(), events: [] }, cursor, after: 3n, catchesUp },
    );
    const [row] = await store.rows<{ position: unknown }>("select position from functions");
    return row?.position;
  }

  it("is where every function begins, in the same transaction, so that none misses what comes next", async () => {
    expect(String(await positionAfter(true))).equal("3");
  });

  it("comes before any function begins", async () => {
    expect(await positionAfter(false)).equal(null);
  });
});
