/** What a transaction offers for its gas (EIP-1559), in wei. */
export interface Fees {
  maxFeePerGas: bigint;
  priorityFeePerGas: bigint;
}

/**
 * - `priorityFeeWei`: what a block's maker is offered per gas.
 * - `capWei`: the most that is ever offered per gas, replacements included; 0 on a chain without fees. `undefined`: no cap.
 */
export interface FeePolicy {
  priorityFeeWei: bigint;
  capWei: bigint | undefined;
}

export const DEFAULT_FEE_POLICY: FeePolicy = { priorityFeeWei: 1_000_000_000n, capWei: undefined };

/** Fees that last while the base fee doubles, which takes six full blocks at least. */
export function feesFor(baseFeePerGas: bigint, { priorityFeeWei, capWei }: FeePolicy): Fees {
  return capped({ maxFeePerGas: baseFeePerGas * 2n + priorityFeeWei, priorityFeePerGas: priorityFeeWei }, capWei);
}

/** Nodes take a replacement only with both fees a tenth higher; an eighth is on the safe side. At the cap they stay as they are. */
export function raisedFees(fees: Fees, current: Fees, { capWei }: FeePolicy): Fees {
  const raised = fees.maxFeePerGas + fees.maxFeePerGas / 8n + 1n;
  return capped(
    {
      maxFeePerGas: raised > current.maxFeePerGas ? raised : current.maxFeePerGas,
      priorityFeePerGas: fees.priorityFeePerGas + fees.priorityFeePerGas / 8n + 1n,
    },
    capWei,
  );
}

/** The ones that offer more; the others where they are alike. */
export function higherFees(fees: Fees, others: Fees): Fees {
  return fees.maxFeePerGas > others.maxFeePerGas ? fees : others;
}

function capped(fees: Fees, capWei: bigint | undefined): Fees {
  const cap = (wei: bigint, most: bigint) => (wei < most ? wei : most);
  const maxFeePerGas = capWei === undefined ? fees.maxFeePerGas : cap(fees.maxFeePerGas, capWei);
  return { maxFeePerGas, priorityFeePerGas: cap(fees.priorityFeePerGas, maxFeePerGas) };
}
