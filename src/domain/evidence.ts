import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/**
 * The one way to write a JSON value (RFC 8785, JSON Canonicalization Scheme), so that its hash is the same everywhere.
 *
 * @throws TypeError where the value is not JSON: `undefined`, `bigint`, `NaN`, an infinity, a lone surrogate, a cycle.
 */
export function canonicalJson(value: unknown): string {
  const text = serialize(value);
  if (text === undefined) throw new TypeError("The value cannot be written as JSON.");
  return text;
}

/** What stands on the chain for a bank's receipt: SHA-256 (FIPS 180-4) of its UTF-8 bytes, 0x and 64 hex digits. */
export function evidenceHash(receipt: string): string {
  return `0x${createHash("sha256").update(receipt, "utf8").digest("hex")}`;
}

function serialize(value: unknown): string | undefined {
  try {
    return canonicalize(value);
  } catch (cause) {
    throw new TypeError("The value cannot be written as JSON.", { cause });
  }
}
