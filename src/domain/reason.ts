/**
 * The ISO 20022 external status reason codes (`ExternalStatusReason1Code`) that the system itself gives or knows the name of.
 * A bank may give others: any four upper-case letters or digits are a reason.
 */
export const REASONS = {
  AB05: "TimeoutCreditorAgent",
  AB06: "TimeoutInstructedAgent",
  AB08: "OfflineCreditorAgent",
  AB09: "ErrorCreditorAgent",
  AB10: "ErrorInstructedAgent",
  AB11: "TimeoutDebtorAgent",
  AC01: "IncorrectAccountNumber",
  AC02: "InvalidDebtorAccountNumber",
  AC03: "InvalidCreditorAccountNumber",
  AC04: "ClosedAccountNumber",
  AC06: "BlockedAccount",
  AC07: "ClosedCreditorAccountNumber",
  AG01: "TransactionForbidden",
  AG09: "PaymentNotReceived",
  AM01: "ZeroAmount",
  AM02: "NotAllowedAmount",
  AM03: "NotAllowedCurrency",
  AM04: "InsufficientFunds",
  AM05: "Duplication",
  AM09: "WrongAmount",
  BE23: "AccountProxyInvalid",
  DUPL: "DuplicatePayment",
  MS03: "NotSpecifiedReasonAgentGenerated",
  NARR: "Narrative",
  TM01: "InvalidCutOffTime",
} as const satisfies Record<string, string>;

/** One of the reasons in {@link REASONS}. */
export type Reason = keyof typeof REASONS;

const REASON_PATTERN = /^[A-Z0-9]{4}$/;
const BYTES4_PATTERN = /^0x[0-9a-f]{8}$/i;
const NO_REASON = "0x00000000";

/** Whether `text` has the form of a reason. */
export function isReason(text: string): boolean {
  return REASON_PATTERN.test(text);
}

/**
 * A reason as the contracts write it (`bytes4`); no reason is zero.
 *
 * @throws RangeError where `reason` is not four upper-case letters or digits.
 */
export function reasonToBytes4(reason: string | undefined): string {
  if (reason === undefined) return NO_REASON;
  if (!isReason(reason)) throw new RangeError("A reason is four upper-case letters or digits.");
  return `0x${Buffer.from(reason, "ascii").toString("hex")}`;
}

/**
 * A reason from the contracts' `bytes4`; `undefined` for zero.
 *
 * @throws RangeError where the bytes are no reason.
 */
export function reasonFromBytes4(bytes4: string): string | undefined {
  if (bytes4 === NO_REASON) return undefined;
  const reason = BYTES4_PATTERN.test(bytes4) ? Buffer.from(bytes4.slice(2), "hex").toString("latin1") : "";
  if (!isReason(reason)) throw new RangeError("A reason is four upper-case ASCII letters or digits.");
  return reason;
}
