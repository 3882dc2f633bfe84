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

// As in Bank.sol: six letters (party and country), then two letters or digits.
const BIC8_PATTERN = /^[A-Z]{6}[A-Z0-9]{2}$/;
const BANK_ID_HEX_PATTERN = /^0x[0-9a-f]{16}$/i;

/**
 * A transfer's name for ever, 0x and 64 lower-case hex digits. The same request names the same transfer whenever it is repeated.
 *
 * @param of.domain 0x and 64 hex digits; names the network of transfers.
 */
export function transferId(of: { domain: string; organisation: string; principal: string; idempotencyKey: string }): string {
  return keccak256(abiEncode(of.domain, [of.organisation, of.principal, of.idempotencyKey]));
}

/**
 * Reads a bank's id: a business identifier code of eight characters (ISO 9362) in upper case, e.g. `FAASTHB1`.
 *
 * @throws AppError `invalid-request`
 */
export function parseBankId(text: string): string {
  if (!BIC8_PATTERN.test(text)) {
    throw new AppError("invalid-request", "A bank is named by its BIC8: six upper-case letters, then two letters or digits.");
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

/** Solidity's `abi.encode(bytes32, string, …)`. Written out because every start needs it, and a general coder takes ten times as long. */
function abiEncode(word: string, texts: readonly string[]): Uint8Array {
  const contents = texts.map((text) => {
    const bytes = Buffer.from(text, "utf8");
    return Buffer.concat([numberWord(bytes.length), bytes, Buffer.alloc(-bytes.length & (WORD_BYTES - 1))]);
  });
  let offset = WORD_BYTES * (1 + texts.length);
  const offsets = contents.map((content) => {
    offset += content.length;
    return numberWord(offset - content.length);
  });
  return Buffer.concat([bytesFromHex(word, WORD_BYTES), ...offsets, ...contents]);
}

function numberWord(value: number): Uint8Array {
  const word = Buffer.alloc(WORD_BYTES);
  word.writeUInt32BE(value, WORD_BYTES - 4);
  return word;
}
