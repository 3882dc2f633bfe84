import type { Subscription } from "../../store/functions/retries.js";
import type { Cursor, EventRow } from "../../store/transfers/projection.js";

/** What the newest pages held, as they were committed: most looks for a function's events need no query. */
export interface News {
  /** A page was committed: the events after `after`, up to the cursor's sequence. */
  add(after: bigint, events: readonly EventRow[], cursor: Cursor): void;
  /** What was added may not be so any more. */
  forget(): void;
  /** The store says that events up to this sequence may be acted upon. What is final stays so, whatever is forgotten. */
  learn(final: bigint): void;
  /**
   * The newest sequence that may be acted upon, and the function's events after `after` up to it, in order, at most `limit`; `undefined`:
   * the store must be asked.
   */
  newFor(fn: Subscription, query: { after: bigint; limit: number }): { final: bigint; events: EventRow[] } | undefined;
}

// More than a few pages of a busy chain; who has fallen further behind asks the store.
const KEPT_MAX = 5_000;

export function createNews(): News {
  let kept: EventRow[] = [];
  /** What is kept are all events after it, up to `through`. */
  let from = 0n;
  let through: bigint | undefined;
  let final: bigint | undefined;
  /** The newest sequence that was ever known to be final. */
  let everFinal = -1n;

  /** Where none of what is kept is final: up to where it begins, if that is. No further, for what comes after is not all here. */
  const finalBefore = () => (everFinal >= from ? from : undefined);

  return {
    add(after, events, cursor) {
      if (after !== through) [kept, from] = [[], after];
      // One by one: a page of a catch-up holds more than a call takes arguments.
      for (const event of events) kept.push(event);
      from = kept.splice(0, Math.max(kept.length - KEPT_MAX, 0)).at(-1)?.sequence ?? from;
      through = cursor.sequence;
      const isAllFinal = cursor.finalBlock >= cursor.blockNumber;
      const newest = isAllFinal ? through : kept.findLast(({ blockNumber }) => blockNumber <= cursor.finalBlock)?.sequence;
      if (newest !== undefined && newest > everFinal) everFinal = newest;
      final = newest ?? finalBefore();
    },
    forget() {
      through = undefined;
      final = undefined;
    },
    learn(sequence) {
      if (sequence > everFinal) everFinal = sequence;
      if (through !== undefined) final ??= finalBefore();
    },
    newFor(fn, { after, limit }) {
      if (final === undefined || after < from) return undefined;
      const newest = final;
      // The newest are last, and most looks are for a few of them.
      const begin = kept.findLastIndex(({ sequence }) => sequence <= after) + 1;
      const events: EventRow[] = [];
      for (let index = begin; index < kept.length && events.length < limit; index += 1) {
        const event = kept[index] as EventRow;
        if (event.sequence <= newest && mayConcern(fn, event)) events.push(event);
      }
      // What else a function asks for, only the store knows.
      const isAllSaid = (fn.ofPrincipal ?? null) === null && (fn.currency ?? null) === null;
      return events.length > 0 && !isAllSaid ? undefined : { final: newest, events };
    },
  };
}

/** By type and banks. */
function mayConcern({ types, payerBank, payeeBank }: Subscription, event: EventRow): boolean {
  return (
    types.includes(event.type) &&
    (payerBank === null || payerBank === event.payerBank) &&
    (payeeBank === null || payeeBank === event.payeeBank)
  );
}
