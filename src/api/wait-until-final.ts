import { withTimeLimit } from "../domain/time-limit.js";
import type { ApiDeps } from "./deps.js";
import { readTransfer } from "./find-transfer.js";
import { type KnownTransfer, transferResource } from "./transfer-resource.js";

/** Holds requests until their transfers are final. */
export interface FinalWaiter {
  /**
   * Waits at most `waitSeconds`; answers what is known then, and whether it waited: it does not while too many others do.
   *
   * @param options.signal Ends the wait, e.g. because the client has gone.
   * @param options.isNew As for `TransferReader.whenFinal`.
   */
  wait(
    known: KnownTransfer,
    waitSeconds: number,
    options: { signal: AbortSignal; isNew: boolean },
  ): Promise<{ known: KnownTransfer; waited: boolean }>;
  /** Ends all waits, for the process to close. */
  stop(): void;
}

// Each held request is a socket and a few closures; this many are far below what a process can bear.
const WAITS_MAX = 5_000;

export function createFinalWaiter(deps: Pick<ApiDeps, "transfers">): FinalWaiter {
  const stopping = new AbortController();
  let waits = 0;

  async function untilFinal(known: KnownTransfer, signal: AbortSignal, isNew: boolean): Promise<KnownTransfer> {
    const { id, final } = transferResource(known);
    if (final) return known;
    await deps.transfers.whenFinal(id, signal, isNew);
    return (await readTransfer(deps, id)) ?? known;
  }

  return {
    async wait(known, waitSeconds, { signal, isNew }) {
      if (waitSeconds === 0 || waits >= WAITS_MAX) return { known, waited: false };
      waits += 1;
      try {
        return await withTimeLimit(waitSeconds * 1000, async (late) => {
          const ends = AbortSignal.any([signal, stopping.signal, late]);
          return { known: await untilFinal(known, ends, isNew), waited: true };
        });
      } finally {
        waits -= 1;
      }
    },
    stop: () => stopping.abort(),
  };
}
