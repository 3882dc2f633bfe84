import { DEMO_BANKS, LEGACY_BANK } from "./demo-network.js";
import type { StackPorts } from "./ports.js";
import { LEG_KINDS } from "./secrets.js";

/** A bank of a stack, and where it and its functions listen. `kind`: `web` has pages only. `metrics`: the bank's, then its functions'. */
export interface StackBank {
  id: string;
  name: string;
  phone: string;
  account: string;
  openingBalance: string;
  kind: "rest" | "web";
  port: number;
  functions: readonly number[];
  metrics: readonly number[];
}

/** The banks of a stack: two, or with the one that has no API three. */
export function stackBanks(ports: StackPorts, { legacyBank = false }: { legacyBank?: boolean | undefined }): StackBank[] {
  const legs = LEG_KINDS.length;
  const banks = DEMO_BANKS.map((bank, index): StackBank => {
    const functions = ports.functions.slice(index * legs, (index + 1) * legs);
    const metrics = [ports.metrics[2 + index] as number, ...ports.metrics.slice(4 + index * legs, 4 + (index + 1) * legs)];
    return { ...bank, kind: "rest", port: ports.banks[index] as number, functions, metrics };
  });
  if (!legacyBank) return banks;
  const [port, ...functions] = ports.legacyBank;
  return [...banks, { ...LEGACY_BANK, kind: "web", port, functions, metrics: [] }];
}
