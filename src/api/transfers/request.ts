import { createHmac, createSecretKey } from "node:crypto";
import { AppError } from "../../domain/app-error.js";
import { type Currency, parseMoney } from "../../domain/money.js";
import { isOneLine } from "../../domain/one-line.js";
import { type PhoneType, parsePhone } from "../../domain/phone.js";
import { parseTimeMs } from "../http/rfc3339.js";
import type { TransferBody } from "../http/schemas.js";

/**
 * A start as it was asked for.
 *
 * - `payerPhone`, `payeePhone`: E.164; different.
 * - `amountMinor`: 1 to 10^15.
 * - `message`: at most 140 Unicode characters.
 * - `deadlineSeconds`: since the epoch; `undefined` where the client leaves it to us.
 */
export interface TransferRequest {
  payerPhone: string;
  payeePhone: string;
  amountMinor: bigint;
  currency: Currency;
  message: string | undefined;
  deadlineSeconds: number | undefined;
}

/**
 * Reads the body of a start, whose shape was checked. Says nothing of whether the deadline is near enough: a request that was
 * accepted once must be recognised after its deadline, too.
 *
 * @throws AppError `invalid-phone`, `invalid-amount`, `invalid-currency`, `invalid-transfer`, `invalid-request`
 */
export function parseTransferRequest(body: TransferBody, phoneTypes: readonly PhoneType[]): TransferRequest {
  const payerPhone = parsePhone(body.payer.phone, phoneTypes);
  const payeePhone = parsePhone(body.payee.phone, phoneTypes);
  const { amountMinor, currency } = parseMoney(body.amount);
  if (payerPhone === payeePhone) throw new AppError("invalid-transfer", "Payer and payee must differ.");
  if (body.message !== undefined && !isOneLine(body.message)) {
    throw new AppError("invalid-request", "A message is one line, without control and format characters.");
  }
  const deadlineSeconds = body.deadline === undefined ? undefined : Math.floor(parseTimeMs(body.deadline, "A deadline") / 1000);
  return { payerPhone, payeePhone, amountMinor, currency, message: body.message, deadlineSeconds };
}

/**
 * What the journal keeps of each field: HMAC-SHA-256, by the field's JSON pointer. The transfer's id goes in, so that the same
 * phone number in two entries cannot be seen to be the same.
 */
export function hashFields(fieldKey: Uint8Array, transferId: string, request: TransferRequest): Record<string, string> {
  const fields = {
    "/payer/phone": request.payerPhone,
    "/payee/phone": request.payeePhone,
    "/amount/amount": request.amountMinor.toString(),
    "/amount/currency": request.currency.code,
    "/message": request.message ?? null,
    "/deadline": request.deadlineSeconds ?? null,
  };
  // Node takes a key object seven times as fast as its bytes.
  const key = createSecretKey(fieldKey);
  // Of a list of texts and whole numbers this is the canonical form (RFC 8785).
  const hash = (pointer: string, value: string | number | null) =>
    createHmac("sha256", key)
      .update(JSON.stringify([transferId, pointer, value]))
      .digest("hex");
  return Object.fromEntries(Object.entries(fields).map(([pointer, value]) => [pointer, hash(pointer, value)]));
}
