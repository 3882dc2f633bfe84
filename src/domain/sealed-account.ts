import { AppError } from "./app-error.js";
import { bytesFromHex } from "./hex.js";
import { bankIdToBytes } from "./ids.js";
import type { Opener, Sealer, SealingRecipient } from "./sealing.js";

/** The entry that a sealed account belongs to: it cannot be opened as that of another number or bank. */
export interface AccountBinding {
  aliasId: string;
  bank: string;
}

// ISO 13616: an IBAN has at most 34 characters, letters and digits; other account numbers fit in the same.
const ACCOUNT_PATTERN = /^[A-Za-z0-9]{1,34}$/;
const LABEL = Buffer.from("eventmachine.account.v1", "ascii");

/**
 * Reads an account number: 1 to 34 ASCII letters and digits.
 *
 * @throws AppError `invalid-request`; the message does not repeat the number.
 */
export function parseAccount(text: string): string {
  if (!ACCOUNT_PATTERN.test(text))
    throw new AppError("invalid-request", "An account number is 1 to 34 ASCII letters and digits.");
  return text;
}

/**
 * Seals the account behind a phone number to its bank. At most 88 bytes; the contract allows 256.
 *
 * @throws AppError `invalid-request` for a malformed account number, `bank-unreachable` where the bank's key cannot be sealed to.
 */
export async function sealAccount(
  sealer: Sealer,
  recipient: SealingRecipient,
  of: AccountBinding & { account: string },
): Promise<Uint8Array> {
  return await sealer.seal({ recipient, plaintext: Buffer.from(parseAccount(of.account), "ascii"), aad: associatedData(of) });
}

/**
 * The account number behind a phone number, for its bank.
 *
 * @throws AppError `cannot-open`: never to be taken for a no.
 */
export async function openAccount(opener: Opener, sealed: Uint8Array, binding: AccountBinding): Promise<string> {
  const account = Buffer.from(await opener.open({ sealed, aad: associatedData(binding) })).toString("latin1");
  if (!ACCOUNT_PATTERN.test(account)) throw new AppError("cannot-open", "What was sealed is no account number.");
  return account;
}

function associatedData(binding: AccountBinding): Uint8Array {
  return Buffer.concat([LABEL, bytesFromHex(binding.aliasId, 32), bytesFromHex(bankIdToBytes(binding.bank), 8)]);
}
