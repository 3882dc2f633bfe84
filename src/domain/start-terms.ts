/**
 * What a start says of its transfer in the clear. Bank ids as of ISO 9362; the currency by its ISO 4217 number; the amount in minor
 * units; the deadline in seconds of block time.
 */
export interface StartTerms {
  payerBank: string;
  payeeBank: string;
  currencyNumeric: number;
  amountMinor: bigint;
  deadlineSeconds: number;
}

const TERMS = ["payerBank", "payeeBank", "currencyNumeric", "amountMinor", "deadlineSeconds"] as const;

/** Whether two starts have the same terms. The same id and sealed details do not imply the same terms: details can be copied. */
export function haveSameTerms(one: StartTerms, other: StartTerms): boolean {
  return TERMS.every((term) => one[term] === other[term]);
}
