import { createFairSlots, type FairSlots } from "../../domain/fair-slots.js";
import type { FunctionRow } from "../../store/functions/retries.js";

/** Requests that may be under way to functions of one owner, however many functions it has. One function alone gets half of them. */
export const REQUESTS_PER_OWNER = 64;
// Longer than a request takes; the wait then begins again.
const WAIT_MS = 300_000;

/**
 * Turns of requests to functions. Each owner has its own, so that receivers that hang use up their own owner's only. The deployment's own
 * functions have as many as their concurrency allows.
 * @returns Resolves with the way to give the turn back.
 */
export function createOwnerTurns(): (fn: FunctionRow) => Promise<() => void> {
  const owners = new Map<string, { slots: FairSlots; users: number }>();

  function leave(owner: string): void {
    const entry = owners.get(owner);
    if (entry === undefined) return;
    entry.users -= 1;
    if (entry.users === 0) owners.delete(owner);
  }

  return async ({ name, owner }) => {
    if (owner == null) return () => undefined;
    const entry = owners.get(owner) ?? { slots: createFairSlots(REQUESTS_PER_OWNER), users: 0 };
    owners.set(owner, entry);
    entry.users += 1;
    for (;;) {
      const giveBack = await entry.slots.acquire(name, WAIT_MS);
      if (giveBack === undefined) continue;
      return () => {
        giveBack();
        leave(owner);
      };
    }
  };
}
