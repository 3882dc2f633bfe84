/** What identifies a delivered event; `sequence` is the chain's. */
export interface OrderedEvent {
  id: string;
  /** The transfer. */
  subject: string;
  sequence: string;
}

/**
 * Watches over the order in which a function hears of each transfer: an event must not come for the first time while an earlier one of its
 * transfer, which came in another request, is not done.
 */
export function createDeliveryOrder() {
  const seen = new Map<string, Map<string, { sequence: bigint; done: boolean }>>();
  const problems: string[] = [];

  function arrive(event: OrderedEvent, together: ReadonlySet<string>): void {
    const own = seen.get(event.subject) ?? new Map();
    seen.set(event.subject, own);
    if (own.has(event.id)) return;
    const sequence = BigInt(event.sequence);
    for (const [id, other] of own) {
      if (other.sequence > sequence) problems.push(`order: ${event.id} came after ${id}`);
      else if (!other.done && !together.has(id))
        problems.push(`order: ${event.id} (${sequence}) came before ${id} (${other.sequence}) was taken`);
    }
    own.set(event.id, { sequence, done: false });
  }

  return {
    problems: problems as readonly string[],
    transfers: () => [...seen.keys()],
    /** To be told of each request. */
    arrived(events: readonly OrderedEvent[]): void {
      const together = new Set(events.map(({ id }) => id));
      for (const event of events) arrive(event, together);
    },
    /** To be told before an event is answered for with success. */
    done({ id, subject }: OrderedEvent): void {
      const entry = seen.get(subject)?.get(id);
      if (entry !== undefined) entry.done = true;
    },
  };
}
