import type { FunctionRow } from "../store/deliveries.js";
import type { Cursor, EventRow } from "../store/projection.js";

/** What the newest pages held, as they were committed: most looks for a function's events find none, and need no query. */
export interface News {
  /** A page was committed: the events after `after`, up to the cursor's sequence. */
  add(after: bigint, events: readonly EventRow[], cursor: Cursor): void;
  /** What was added may not be so any more. */
  forget(): void;
  /**
   * The newest sequence that may be acted upon, where none of the events after `after` up to it is the function's; `undefined`: the store
   * must be asked.
   */
  nothingFor(fn: FunctionRow, after: bigint): bigint | undefined;
}

// More than a few pages of a busy chain; who has fallen further behind asks the store.
const KEPT_MAX = 5_000;

export function createNews(): News {
  let kept: EventRow[] = [];
  /** What is kept are all events after it, up to `through`. */
  let from = 0n;
  let through: bigint | undefined;
  let final: bigint | undefined;

  return {
    add(after, events, cursor) {
      if (after !== through) [kept, from] = [[], after];
      // One by one: a page of a catch-up holds more than a call takes arguments.
      for (const event of events) kept.push(event);
      from = kept.splice(0, Math.max(kept.length - KEPT_MAX, 0)).at(-1)?.sequence ?? from;
      through = cursor.sequence;
      const isAllFinal = cursor.finalBlock >= cursor.blockNumber;
      final = isAllFinal ? through : kept.findLast(({ blockNumber }) => blockNumber <= cursor.finalBlock)?.sequence;
    },
    forget() {
      through = undefined;
      final = undefined;
    },
    nothingFor(fn, after) {
      if (final === undefined || after < from) return undefined;
      // The newest are last.
      for (let index = kept.length - 1; index >= 0; index -= 1) {
        const event = kept[index] as EventRow;
        if (event.sequence <= after) break;
        if (event.sequence <= final && mayConcern(fn, event)) return undefined;
      }
      return final;
    },
  };
}

/** By type and banks; what else a function asks for, the store knows. */
function mayConcern({ types, payerBank, payeeBank }: FunctionRow, event: EventRow): boolean {
  return (
    types.includes(event.type) &&
    (payerBank === null || payerBank === event.payerBank) &&
    (payeeBank === null || payeeBank === event.payeeBank)
  );
}
