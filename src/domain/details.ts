import { AppError } from "./app-error.js";
import { bytesFromHex } from "./hex.js";
import { bankIdToBytes } from "./ids.js";
import type { Opener, Sealer, SealingRecipient } from "./sealing.js";

/**
 * What one bank must know of a transfer beyond what stands on the chain.
 *
 * - `aliasId`: its customer's alias, 0x and 64 hex digits.
 * - `aliasVersion`: the version of the alias's entry when the transfer was made, 1 to 2^32-1; another one now is a definite no.
 * - `message`: from the payer, at most 560 bytes of UTF-8.
 */
export interface LegDetails {
  aliasId: string;
  aliasVersion: number;
  message?: string;
}

/** What the details belong to: they cannot be opened as those of any other transfer, or of one that was changed. */
export interface DetailsBinding {
  domain: string;
  transferId: string;
  payerBank: string;
  payeeBank: string;
  currencyNumeric: number;
  amountMinor: bigint;
}

/** The two banks that each get a part. */
export type DetailsLeg = "payer" | "payee";

/** The longest message, in bytes of UTF-8: 140 characters (ISO 20022 `Max140Text`) of four bytes. */
export const MESSAGE_MAX_BYTES = 560;

const LABEL = Buffer.from("eventmachine.details.v1", "ascii");
const LEG_BYTES: Record<DetailsLeg, number> = { payer: 1, payee: 2 };
const LENGTH_BYTES = 2;
const ALIAS_BYTES = 32;
const FIXED_BYTES = ALIAS_BYTES + 4;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Seals the details of a transfer, a part for each bank: `length of the payer's part (uint16, big endian) | payer's part | payee's
 * part`. 182 bytes without a message, six words of the chain; at most 742 with one, in one part.
 *
 * @throws AppError `bank-unreachable` where a bank's key cannot be sealed to.
 */
export async function sealDetails(
  sealer: Sealer,
  of: Record<DetailsLeg, { recipient: SealingRecipient; details: LegDetails }> & { binding: DetailsBinding },
): Promise<Uint8Array> {
  const sealLeg = (leg: DetailsLeg) =>
    sealer.seal({ recipient: of[leg].recipient, plaintext: encode(of[leg].details), aad: associatedData(of.binding, leg) });
  const [payer, payee] = await Promise.all([sealLeg("payer"), sealLeg("payee")]);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(payer.length);
  return Uint8Array.from(Buffer.concat([length, payer, payee]));
}

/**
 * Opens one bank's part.
 *
 * @throws AppError `cannot-open`: never to be taken for a no.
 */
export async function openDetails(
  opener: Opener,
  leg: DetailsLeg,
  details: Uint8Array,
  binding: DetailsBinding,
): Promise<LegDetails> {
  const payerEnd = details.length < LENGTH_BYTES ? Number.NaN : LENGTH_BYTES + Buffer.from(details).readUInt16BE(0);
  // Without this a cut-off payee's part would still let the payer's bank debit.
  if (!(payerEnd < details.length))
    throw new AppError("cannot-open", "The details are cut off; read the transfer's event again.");
  const sealed = leg === "payer" ? details.subarray(LENGTH_BYTES, payerEnd) : details.subarray(payerEnd);
  return decode(await opener.open({ sealed, aad: associatedData(binding, leg) }));
}

function associatedData(binding: DetailsBinding, leg: DetailsLeg): Uint8Array {
  const numbers = Buffer.alloc(10);
  numbers.writeUInt16BE(binding.currencyNumeric, 0);
  numbers.writeBigUInt64BE(binding.amountMinor, 2);
  return Buffer.concat([
    LABEL,
    Buffer.of(LEG_BYTES[leg]),
    bytesFromHex(binding.domain, 32),
    bytesFromHex(binding.transferId, 32),
    bytesFromHex(bankIdToBytes(binding.payerBank), 8),
    bytesFromHex(bankIdToBytes(binding.payeeBank), 8),
    numbers,
  ]);
}

function encode(details: LegDetails): Uint8Array {
  const version = Buffer.alloc(4);
  version.writeUInt32BE(details.aliasVersion);
  const message = Buffer.from(details.message ?? "", "utf8");
  if (message.length > MESSAGE_MAX_BYTES) throw new RangeError(`A message is at most ${MESSAGE_MAX_BYTES} bytes.`);
  return Buffer.concat([bytesFromHex(details.aliasId, ALIAS_BYTES), version, message]);
}

function decode(plaintext: Uint8Array): LegDetails {
  const bytes = Buffer.from(plaintext);
  if (bytes.length < FIXED_BYTES) throw new AppError("cannot-open", "The sender sealed details of another form.");
  return {
    aliasId: `0x${bytes.toString("hex", 0, ALIAS_BYTES)}`,
    aliasVersion: bytes.readUInt32BE(ALIAS_BYTES),
    ...(bytes.length > FIXED_BYTES ? { message: decodeText(bytes.subarray(FIXED_BYTES)) } : {}),
  };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new AppError("cannot-open", "The sender sealed a message that is not UTF-8.", { cause });
  }
}
