import type { ApiDeps } from "../deps.js";
import { readTransfer } from "./find-transfer.js";
import { type KnownTransfer, transferResource } from "./resource.js";

/** Holds requests until their transfers are final. */
export interface FinalWaiter {
  /**
   * Waits at most `waitSeconds`; answers what is known then, and whether it waited: it does not while too many others do.
   *
   * @param options.ends Ends the wait: aborted by the caller once the client has gone, and here when the time is over.
   * @param options.isNew As for `TransferReader.whenFinal`.
   */
  wait(
    known: KnownTransfer,
    waitSeconds: number,
    options: { ends: AbortController; isNew: boolean },
  ): Promise<{ known: KnownTransfer; waited: boolean }>;
  /** Ends all waits, for the process to close. */
  stop(): void;
}

// Each held request is a socket and a few closures; this many are far below what a process can bear.
const WAITS_MAX = 5_000;

export function createFinalWaiter(deps: Pick<ApiDeps, "transfers">): FinalWaiter {
  // One controller for whatever ends a wait: signals made of others (`AbortSignal.any`) cost ten times as much.
  const waits = new Set<AbortController>();
  let stopped = false;

  async function untilFinal(known: KnownTransfer, signal: AbortSignal, isNew: boolean): Promise<KnownTransfer> {
    const { id, final } = transferResource(known);
    // A replaced chain makes no more events.
    if (final || known.earlierChain !== undefined) return known;
    await deps.transfers.whenFinal(id, signal, isNew);
    return (await readTransfer(deps, id)) ?? known;
  }

  return {
    async wait(known, waitSeconds, { ends, isNew }) {
      if (waitSeconds === 0 || waits.size >= WAITS_MAX || stopped) return { known, waited: false };
      waits.add(ends);
      const timer = setTimeout(() => ends.abort("the time is over"), waitSeconds * 1000);
      try {
        return { known: await untilFinal(known, ends.signal, isNew), waited: true };
      } finally {
        clearTimeout(timer);
        waits.delete(ends);
      }
    },
    stop: () => {
      stopped = true;
      for (const ends of waits) ends.abort("the process closes");
    },
  };
}
