import { createPrivateKey } from "node:crypto";
import { CompactSign, calculateJwkThumbprint, importJWK, type JWK } from "jose";
import { canonicalJson } from "../domain/evidence.js";
import { bytesFromHex } from "../domain/hex.js";
import { RECEIPT_TYPE, type Receipt, type SignedReceipt } from "./receipt.js";

/** Signs receipts with one Ed25519 key (RFC 8037). The same receipt has the same signature. */
export interface ReceiptSigner {
  sign(receipt: Receipt): Promise<SignedReceipt>;
  /** The public keys (RFC 7517): the one that signs, then those that have signed before. */
  keys: readonly JWK[];
}

const SEED_BYTES = 32;
// An Ed25519 private key in PKCS #8 (RFC 8410), up to the key itself.
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * @param seed 32 bytes, 0x and hex
 * @param retired public keys that no longer sign, whose receipts are still good: `x` of each (RFC 8037)
 */
export async function createReceiptSigner(seed: string, retired: readonly string[] = []): Promise<ReceiptSigner> {
  const der = Buffer.concat([PKCS8_PREFIX, bytesFromHex(seed, SEED_BYTES)]);
  const jwk = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "jwk" });
  const keys = await Promise.all([String(jwk.x), ...retired].map(publicKey));
  const key = await importJWK({ ...jwk, alg: "EdDSA" }, "EdDSA");
  const header = { alg: "EdDSA", typ: RECEIPT_TYPE, kid: String(keys[0]?.kid) };
  return {
    keys,
    sign: async (receipt) => ({
      receipt,
      jws: await new CompactSign(Buffer.from(canonicalJson(receipt), "utf8")).setProtectedHeader(header).sign(key),
    }),
  };
}

/** Named by its thumbprint (RFC 7638). */
async function publicKey(x: string): Promise<JWK> {
  const jwk = { kty: "OKP", crv: "Ed25519", x };
  return { ...jwk, alg: "EdDSA", use: "sig", kid: await calculateJwkThumbprint(jwk) };
}
