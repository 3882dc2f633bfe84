import { CipherSuite, DhkemX25519HkdfSha256, ExportOnly, HkdfSha256 } from "@hpke/core";

/** Bytes of an X25519 key (RFC 7748), of an encapsulated key, and of the AES-256 key that is exported. */
export const KEY_BYTES = 32;

const EMPTY = new Uint8Array();

// RFC 9180 section 5.3: with the export-only AEAD an encapsulation yields secrets and no cipher of its own, whose message counter
// would force an order on messages that the chain does not keep.
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new ExportOnly() });

/** A new X25519 key pair, as bytes. */
export async function generateKeyPair(): Promise<{ publicKey: Uint8Array; privateKey: Uint8Array }> {
  const pair = await suite.kem.generateKeyPair();
  return {
    publicKey: new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey)),
    privateKey: new Uint8Array(await suite.kem.serializePrivateKey(pair.privateKey)),
  };
}

/**
 * The sender's half (RFC 9180 section 5, mode Base): a fresh encapsulated key and the 32-byte secret exported from it. About 1 ms.
 *
 * @throws an error of `@hpke/core` where the public key is not a usable X25519 key.
 */
export async function exportAsSender(publicKey: Uint8Array, info: Uint8Array): Promise<{ enc: Uint8Array; secret: Uint8Array }> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(publicKey);
  const context = await suite.createSenderContext({ recipientPublicKey, info });
  return { enc: new Uint8Array(context.enc), secret: new Uint8Array(await context.export(EMPTY, KEY_BYTES)) };
}

/**
 * The recipient's half: the same 32-byte secret, from the encapsulated key and the private key. About 1 ms.
 *
 * @throws an error of `@hpke/core` where either is not usable.
 */
export async function exportAsRecipient(privateKey: Uint8Array, enc: Uint8Array, info: Uint8Array): Promise<Uint8Array> {
  const recipientKey = await suite.kem.deserializePrivateKey(privateKey);
  const context = await suite.createRecipientContext({ recipientKey, enc, info });
  return new Uint8Array(await context.export(EMPTY, KEY_BYTES));
}
