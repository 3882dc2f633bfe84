import { type Subscription, settleDeliveries } from "../../store/functions/retries.js";
import { assertLease, type Lease } from "../../store/lease.js";
import type { Db } from "../../store/schema.js";

/** Events on their way to a function, or nothing at all. `through`: the position once it and all before it are settled. */
export interface Batch {
  readonly through: bigint;
  settled: boolean;
}

/**
 * How far a function has come. Its position moves over batches only whose outcome is known, in order, and is written at least once a
 * second: after a crash, what was in flight or has gone out since goes out again, and what was parked is parked.
 */
export interface DeliveryProgress {
  /** Where to read on. */
  readThrough(): bigint;
  /** Events up to `through` go out. */
  begin(through: bigint): Batch;
  /** Up to `through` there is nothing for this function. */
  skip(through: bigint): void;
  /**
   * Commits what came of deliveries: of a batch of new events, or of others. Of a batch that leaves nothing but its position to write,
   * that is written with what comes next, or by `flush`.
   * @param unparked Sequences of what was parked, and has succeeded.
   * @param more What is to be written in the same transaction.
   */
  commit(batch: Batch | undefined, unparked: readonly bigint[], more?: (transaction: Db) => Promise<void>): Promise<void>;
  /** Commits a position that has moved without a commit of its own, if that is long enough ago, or `now`. */
  flush(now?: boolean): Promise<void>;
}

// What was delivered since is delivered again after a crash, which functions must take anyway: that costs less than a commit for each.
const FLUSH_AFTER_MS = 1_000;

export function createDeliveryProgress(
  { db, lease, clock }: { db: Db; lease: Lease; clock: () => number },
  fn: Subscription & { position: bigint },
): DeliveryProgress {
  const batches: Batch[] = [];
  let readThrough = fn.position;
  let written = fn.position;
  let writtenAtMs = clock();

  function add(through: bigint, settled: boolean): Batch {
    readThrough = through;
    const batch = { through, settled };
    batches.push(batch);
    return batch;
  }

  function advance(): void {
    while (batches[0]?.settled) fn.position = (batches.shift() as Batch).through;
  }

  /** The position once a batch is settled too; `undefined` where one before it is not. */
  function positionAfter(batch: Batch | undefined): bigint | undefined {
    if (batch === undefined || batches[0] !== batch) return undefined;
    const open = batches.findIndex(({ settled }, index) => index > 0 && !settled);
    return batches[open === -1 ? batches.length - 1 : open - 1]?.through;
  }

  function settle(batch: Batch): void {
    batch.settled = true;
    advance();
  }

  async function write(unparked: readonly bigint[], position: bigint | undefined, more?: (transaction: Db) => Promise<void>) {
    if (more === undefined) await settleDeliveries(db, lease, fn, { unparked, position });
    else {
      await db.transaction().execute(async (transaction) => {
        await assertLease(transaction, lease);
        await more(transaction);
        await settleDeliveries(transaction, lease, fn, { unparked, position });
      });
    }
    if (position === undefined) return;
    if (position > written) written = position;
    writtenAtMs = clock();
  }

  async function flush(now = false): Promise<void> {
    if (fn.position > written && (now || clock() - writtenAtMs >= FLUSH_AFTER_MS)) await write([], fn.position);
  }

  return {
    readThrough: () => readThrough,
    begin: (through) => add(through, false),
    skip(through) {
      add(through, true);
      advance();
    },
    async commit(batch, unparked, more) {
      if (batch !== undefined && unparked.length === 0 && more === undefined) return settle(batch);
      await write(unparked, positionAfter(batch), more);
      if (batch === undefined) return;
      const before = fn.position;
      settle(batch);
      // One that was settled while this was written, or the other way round.
      if (fn.position > before) await flush(true);
    },
    flush,
  };
}
