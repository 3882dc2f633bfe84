/**
 * Slots that several owners share. An owner gets another slot only while it holds fewer than are free: one alone gets half of them, a second
 * half of the rest, and so on, so that whoever comes new finds one free.
 */
export interface FairSlots {
  /**
   * Resolves with what gives the slot back; with `undefined` where there was none for so long. Of the owners that wait, the one that holds
   * fewest comes first, and of these the one whose last slot was granted longest ago.
   */
  acquire(owner: string, waitMs: number): Promise<(() => void) | undefined>;
  /** Whether an owner would get a slot at once. */
  mayHold(owner: string): boolean;
}

interface Waiter {
  owner: string;
  grant(): void;
}

export function createFairSlots(total: number): FairSlots {
  const held = new Map<string, number>();
  const waiters = new Set<Waiter>();
  // By a count of grants; only of owners that hold or wait.
  const lastGrants = new Map<string, number>();
  let grants = 0;
  let free = total;

  const heldBy = (owner: string) => held.get(owner) ?? 0;
  const mayHold = (owner: string) => heldBy(owner) < free;

  function take(owner: string): () => void {
    held.set(owner, heldBy(owner) + 1);
    lastGrants.set(owner, ++grants);
    free -= 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      free += 1;
      if (heldBy(owner) === 1) held.delete(owner);
      else held.set(owner, heldBy(owner) - 1);
      grantNext();
      if (!held.has(owner) && ![...waiters].some((waiter) => waiter.owner === owner)) lastGrants.delete(owner);
    };
  }

  function comesBefore(owner: string, other: string): boolean {
    const fewer = heldBy(owner) - heldBy(other);
    return fewer < 0 || (fewer === 0 && (lastGrants.get(owner) ?? 0) < (lastGrants.get(other) ?? 0));
  }

  function grantNext(): void {
    for (;;) {
      let next: Waiter | undefined;
      for (const waiter of waiters) {
        if (mayHold(waiter.owner) && (next === undefined || comesBefore(waiter.owner, next.owner))) next = waiter;
      }
      if (next === undefined) return;
      waiters.delete(next);
      next.grant();
    }
  }

  return {
    mayHold,
    acquire(owner, waitMs) {
      if (mayHold(owner)) return Promise.resolve(take(owner));
      return new Promise((resolve) => {
        const waiter: Waiter = {
          owner,
          grant() {
            clearTimeout(timer);
            resolve(take(owner));
          },
        };
        const timer = setTimeout(
          () => {
            waiters.delete(waiter);
            resolve(undefined);
          },
          Math.max(waitMs, 0),
        );
        waiters.add(waiter);
      });
    },
  };
}
