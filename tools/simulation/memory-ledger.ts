import type { Ledger } from "../../src/banks/simulators/ledger.js";
import { openLedger } from "../../src/banks/simulators/ledger.js";

/** A ledger in memory, whose time is that of the process which asks it. */
export function openMemoryLedger(bank: string): Ledger {
  return openLedger({ path: ":memory:", bank, clock: () => Date.now() });
}
