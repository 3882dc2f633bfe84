import { positiveNumber, wei } from "./validators.js";

/** What transactions offer for gas. */
export const fees = {
  PRIORITY_FEE_PER_GAS_WEI: wei({ default: 1_000_000_000n }),
  MAX_FEE_PER_GAS_WEI: wei({ default: undefined }),
};

/** What the chain's nodes take in one transaction: 128 KiB and 1 ether, unless they are told otherwise. */
export const transactionLimits = {
  MAX_TRANSACTION_BYTES: positiveNumber({ default: 131_072 }),
  MAX_TRANSACTION_FEE_WEI: wei({ default: 1_000_000_000_000_000_000n }),
};
