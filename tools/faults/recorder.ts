import type { Random } from "../simulation/random.js";
import { createDeliveryOrder } from "../support/delivery-order.js";
import { startReceiver } from "../support/receiver.js";
import { until } from "../support/until.js";
import type { System } from "../system/stack.js";

const NAME = "recorder";
const TYPES = ["started", "pending", "completed", "rejected", "reversing", "reversed", "suspended"];
const BATCH_SIZE = 50;
const CONCURRENCY = 4;
// So often it answers that it is away: so often what it was told must come again.
const REFUSES = 0.1;

/** A function that only looks: it hears of every event of every bank, and is away now and then. */
export async function startRecorder({ store, stack }: System, random: Random) {
  const order = createDeliveryOrder();
  const taken = new Set<string>();
  let heardAt = Number.NEGATIVE_INFINITY;
  const receiver = await startReceiver(({ events }) => {
    const known = events.map(({ id, subject = "", sequence }) => ({ id, subject, sequence: String(sequence) }));
    order.arrived(known);
    heardAt = performance.now();
    if (random.chance(REFUSES)) return { status: 503 };
    for (const event of known) {
      order.done(event);
      taken.add(event.id);
    }
    return { status: 200 };
  });
  const secret = stack.secrets.banks[0]?.functions.debit.webhookSecret;
  await store.query(
    `insert into functions (name, url, secret, types, payer_bank, payee_bank, batch_size, concurrency, position, disabled_reason)
     values ($1, $2, $3, $4, null, null, $5, $6, null, null)`,
    [NAME, receiver.url, secret, TYPES.map((type) => `eventmachine.transfer.${type}`), BATCH_SIZE, CONCURRENCY],
  );
  const hasBegun = async () => {
    const [row] = await store.query("select position from functions where name = $1", [NAME]);
    return row?.position !== null;
  };
  // What comes before it begins, it is not told of.
  await until("the recorder has begun", hasBegun);
  return {
    /** Ids of the events that it answered for with success. */
    taken: taken as ReadonlySet<string>,
    types: TYPES.map((type) => `eventmachine.transfer.${type}`),
    problems: order.problems,
    /** When something last came, by `performance.now()`. */
    heardAt: () => heardAt,
    close: receiver.close,
  };
}

export type Recorder = Awaited<ReturnType<typeof startRecorder>>;
