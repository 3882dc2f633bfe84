import { createHmac, createSecretKey } from "node:crypto";
import { AppError } from "./app-error.js";
import { bytesFromHex } from "./hex.js";
import { keccak256 } from "./keccak.js";

/** The key aliases are computed with. `secret` is at least 32 bytes; whoever holds it can try out every phone number. */
export interface AliasKey {
  version: number;
  secret: Uint8Array;
}

const ALIAS_SECRET_MIN_BYTES = 32;
const WORD_BYTES = 32;

/** A BIC8, ISO 9362:2014: the party's prefix of four letters or digits, the country's two letters, two letters or digits. As in Bank.sol. */
export const BIC8_PATTERN = /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}$/;

/** An organisation's name: up to 31 lower-case letters, digits and hyphens, the first of them no hyphen. As in Organisation.sol. */
export const ORGANISATION_PATTERN = /^[a-z0-9][a-z0-9-]{0,30}$/;

const ORGANISATION_BYTES = 31;
const BANK_ID_HEX_PATTERN = /^0x[0-9a-f]{16}$/i;

/**
 * The hash of a request, from which the contract makes the transfer's id; 0x and 64 lower-case hex digits.
 * keccak256(abi.encode(principal, idempotencyKey)), both strings.
 */
export function requestHashOf(of: { principal: string; idempotencyKey: string }): string {
  return keccak256(abiEncodeTexts([of.principal, of.idempotencyKey]));
}

/**
 * A transfer's name for ever, 0x and 64 lower-case hex digits, as the contract makes it of the caller's organisation and the request's
 * hash. The same request names the same transfer whenever it is repeated, with whichever of the organisation's keys.
 *
 * @param of.domain 0x and 64 hex digits; names the network of transfers.
 * @param of.organisation As {@link parseOrganisation} takes it.
 * @throws AppError `invalid-request`
 */
export function deriveTransferId(of: { domain: string; organisation: string; requestHash: string }): string {
  const words = Buffer.alloc(3 * WORD_BYTES);
  words.set(bytesFromHex(of.domain, WORD_BYTES), 0);
  // Shorter than a word: it stands at the left, and zero bytes follow.
  words.write(parseOrganisation(of.organisation), WORD_BYTES, "ascii");
  words.set(bytesFromHex(of.requestHash, WORD_BYTES), 2 * WORD_BYTES);
  return keccak256(words);
}

/** The id of the transfer that an organisation's principal asks for under an Idempotency-Key; as {@link deriveTransferId}. */
export function transferId(of: { domain: string; organisation: string; principal: string; idempotencyKey: string }): string {
  return deriveTransferId({ ...of, requestHash: requestHashOf(of) });
}

/**
 * Reads an organisation's name.
 *
 * @throws AppError `invalid-request`
 */
export function parseOrganisation(text: string): string {
  if (!ORGANISATION_PATTERN.test(text)) {
    throw new AppError(
      "invalid-request",
      "An organisation is named by 1 to 31 lower-case letters, digits and hyphens, the first of them no hyphen.",
    );
  }
  return text;
}

/**
 * An organisation's name as the contracts hold it (`bytes31`): 0x, its ASCII characters in hex, then zeros.
 *
 * @throws AppError `invalid-request`
 */
export function organisationToBytes(name: string): string {
  return `0x${Buffer.from(parseOrganisation(name), "ascii")
    .toString("hex")
    .padEnd(2 * ORGANISATION_BYTES, "0")}`;
}

/**
 * Reads a bank's id: a business identifier code of eight characters (ISO 9362:2014) in upper case, e.g. `FAASTHB1`.
 *
 * @throws AppError `invalid-request`
 */
export function parseBankId(text: string): string {
  if (!BIC8_PATTERN.test(text)) {
    throw new AppError(
      "invalid-request",
      "A bank is named by its BIC8, in upper case: four letters or digits, the country's two letters, two letters or digits.",
    );
  }
  return text;
}

/**
 * A bank's id as the contracts write it (`bytes8`): 0x and the eight ASCII characters in hex.
 *
 * @throws AppError `invalid-request`
 */
export function bankIdToBytes(bic: string): string {
  return `0x${Buffer.from(parseBankId(bic), "ascii").toString("hex")}`;
}

/**
 * A bank's id from the contracts' `bytes8`.
 *
 * @throws AppError `invalid-request` where the bytes are no BIC8; the zero id of "no bank" is none.
 */
export function bankIdFromBytes(hex: string): string {
  if (!BANK_ID_HEX_PATTERN.test(hex)) throw new AppError("invalid-request", "A bank's id is 0x and 16 hex digits.");
  return parseBankId(Buffer.from(hex.slice(2), "hex").toString("latin1"));
}

/**
 * The name that a phone number has on the chain: HMAC-SHA-256 (RFC 2104) over `tel:` (RFC 3966) and the number, 0x and 64 hex digits.
 *
 * @param phone In E.164 form, as `parsePhone` returns it.
 * @throws AppError `config-invalid` for a secret under 32 bytes.
 */
export function aliasId(key: AliasKey, phone: string): string {
  if (key.secret.length < ALIAS_SECRET_MIN_BYTES) {
    throw new AppError("config-invalid", `The alias key has at least ${ALIAS_SECRET_MIN_BYTES} bytes.`);
  }
  return `0x${createHmac("sha256", createSecretKey(key.secret)).update(`tel:${phone}`).digest("hex")}`;
}

/** Solidity's `abi.encode(string, …)`. Written out because every start needs it, and a general coder takes ten times as long. */
function abiEncodeTexts(texts: readonly string[]): Uint8Array {
  const contents = texts.map((text) => {
    const bytes = Buffer.from(text, "utf8");
    return Buffer.concat([numberWord(bytes.length), bytes, Buffer.alloc(-bytes.length & (WORD_BYTES - 1))]);
  });
  let offset = WORD_BYTES * texts.length;
  const offsets = contents.map((content) => {
    offset += content.length;
    return numberWord(offset - content.length);
  });
  return Buffer.concat([...offsets, ...contents]);
}

function numberWord(value: number): Uint8Array {
  const word = Buffer.alloc(WORD_BYTES);
  word.writeUInt32BE(value, WORD_BYTES - 4);
  return word;
}
