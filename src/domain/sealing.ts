import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { AppError } from "./app-error.js";
import { bytesFromHex, hexFromBytes } from "./hex.js";
import { exportAsRecipient, exportAsSender, generateKeyPair, KEY_BYTES } from "./hpke-export.js";
import { createLruCache } from "./lru-cache.js";

/** Whom something is sealed to: a bank, by the version of its X25519 public key (0x and 64 hex digits). Versions: 1 to 65 535. */
export interface SealingRecipient {
  bank: string;
  keyVersion: number;
  publicKey: string;
}

/** Seals to a bank's public key. */
export interface Sealer {
  /** @throws AppError `bank-unreachable` where the bank's key cannot be sealed to. */
  seal(message: { recipient: SealingRecipient; plaintext: Uint8Array; aad: Uint8Array }): Promise<Uint8Array>;
}

/** Opens what was sealed to the bank whose private keys it has. */
export interface Opener {
  /** @throws AppError `cannot-open`, whatever the cause: a caller must retry or suspend, and never take it for a no. */
  open(message: { sealed: Uint8Array; aad: Uint8Array }): Promise<Uint8Array>;
}

const VERSION_BYTES = 2;
const NUMBER_BYTES = 4;
const TAG_BYTES = 16;
const NUMBER_OFFSET = VERSION_BYTES + KEY_BYTES;
const HEADER_BYTES = NUMBER_OFFSET + NUMBER_BYTES;

/** What sealing adds to a plaintext, in bytes. */
export const SEAL_OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES;

const CIPHER = "aes-256-gcm";
// A nonce has 12 bytes; the message's number is its end.
const NONCE_START = Buffer.alloc(8);
// Ties the derived keys to this use (RFC 9180, `info`): a bank's key pair used elsewhere yields other keys.
const INFO = new TextEncoder().encode("eventmachine sealing v2");
const KEY_VERSION_MAX = 0xffff;
const EPOCH_DEFAULT_MS = 3_600_000;
// As many as have numbers of their own.
const MESSAGES_PER_KEY_MAX = 2 ** (8 * NUMBER_BYTES);
// One a member bank for senders; one a sender and hour for readers. Beyond it the oldest are derived again, at 1 ms each.
const RECIPIENTS_MAX = 1_000;
const DERIVED_KEYS_MAX = 10_000;

/** A new sealing key pair: X25519, each key 0x and 64 hex digits. */
export async function generateSealingKeyPair(): Promise<{ publicKey: string; privateKey: string }> {
  const { publicKey, privateKey } = await generateKeyPair();
  return { publicKey: hexFromBytes(publicKey), privateKey: hexFromBytes(privateKey) };
}

/**
 * Seals with HPKE (RFC 9180: DHKEM X25519 HKDF-SHA256, HKDF-SHA256, export only) and AES-256-GCM. An encapsulation costs about 1 ms,
 * so there is one a recipient and epoch. A sealed part is
 *
 *     keyVersion (uint16, big endian) | enc (32 bytes) | number (uint32, big endian) | ciphertext and tag
 *
 * and its associated data is `keyVersion | enc | number | aad`.
 *
 * GCM breaks if a key meets a nonce twice. Here it cannot: a key comes from an encapsulation that this sealer made, keeps in
 * memory only and shares with no other sealer, and each message under it takes the next number, from 0. The nonce is that number after
 * eight zero bytes: the deterministic construction of NIST SP 800-38D section 8.2.1, which counts as RFC 9180 section 5.2 does. After
 * the last number comes a new key. Whatever is sealed to a bank, an account or either leg's details, takes its number from the same
 * count, also where both legs are one bank's; `aad` tells them apart, so every use begins it with a label of its own. What must not be
 * is one memory image run twice (a machine restored from a snapshot): both would count on from the same number.
 *
 * @param options.clock Milliseconds; needs no true time, only differs from epoch to epoch.
 * @param options.epochMs How long an encapsulation is used; an hour unless told.
 * @param options.messagesPerKeyMax At most 2^32, the numbers there are, which is the default.
 */
export function createSealer(options: { clock?: () => number; epochMs?: number; messagesPerKeyMax?: number } = {}): Sealer {
  const { clock = () => performance.now(), epochMs = EPOCH_DEFAULT_MS } = options;
  const messagesPerKeyMax = Math.min(options.messagesPerKeyMax ?? MESSAGES_PER_KEY_MAX, MESSAGES_PER_KEY_MAX);
  type Encapsulation = { epoch: number; messages: number; keys: Promise<{ enc: Uint8Array; secret: KeyObject }> };
  const encapsulations = createLruCache<Encapsulation>(RECIPIENTS_MAX);

  /** The key to seal the next message with, and the message's number under it. It must not wait before the number is taken. */
  function nextFor(recipient: SealingRecipient): { keys: Encapsulation["keys"]; number: number } {
    const name = `${recipient.bank}:${recipient.keyVersion}:${recipient.publicKey}`;
    const epoch = Math.floor(clock() / epochMs);
    let encapsulation = encapsulations.get(name);
    if (encapsulation === undefined || encapsulation.epoch !== epoch || encapsulation.messages >= messagesPerKeyMax) {
      encapsulation = { epoch, messages: 0, keys: encapsulate(recipient) };
      encapsulations.set(name, encapsulation);
      // A failure is not kept: the next message tries again. Whoever awaits `keys` sees the error.
      encapsulation.keys.catch(() => encapsulations.delete(name));
    }
    const number = encapsulation.messages;
    encapsulation.messages += 1;
    return { keys: encapsulation.keys, number };
  }

  return {
    async seal({ recipient, plaintext, aad }) {
      const { keys, number } = nextFor(recipient);
      const { enc, secret } = await keys;
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt16BE(recipient.keyVersion, 0);
      header.set(enc, VERSION_BYTES);
      header.writeUInt32BE(number, NUMBER_OFFSET);
      const cipher = createCipheriv(CIPHER, secret, nonceOf(header)).setAAD(header).setAAD(aad);
      return Uint8Array.from(Buffer.concat([header, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
    },
  };
}

/**
 * Opens what {@link createSealer} sealed.
 *
 * @param privateKeys By key version, 0x and 64 hex digits each. Keep a retired one for as long as what was sealed to it matters.
 */
export function createOpener(privateKeys: ReadonlyMap<number, string>): Opener {
  const derived = createLruCache<Promise<KeyObject>>(DERIVED_KEYS_MAX);

  async function open(sealed: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (bytes.length < SEAL_OVERHEAD_BYTES) throw new RangeError("The sealed part is too short.");
    const header = bytes.subarray(0, HEADER_BYTES);
    const privateKey = privateKeys.get(header.readUInt16BE(0));
    if (privateKey === undefined) throw new RangeError("There is no private key of that version.");
    const name = header.toString("latin1", 0, NUMBER_OFFSET);
    const enc = header.subarray(VERSION_BYTES, NUMBER_OFFSET);
    const key =
      derived.get(name) ??
      exportAsRecipient(bytesFromHex(privateKey, KEY_BYTES), enc, INFO).then((secret) => createSecretKey(secret));
    derived.set(name, key);
    try {
      const decipher = createDecipheriv(CIPHER, await key, nonceOf(header), { authTagLength: TAG_BYTES })
        .setAAD(header)
        .setAAD(aad);
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      const plaintext = decipher.update(bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES));
      return Uint8Array.from(Buffer.concat([plaintext, decipher.final()]));
    } catch (error) {
      // Only keys that have opened something stay: made-up ones must not drive the others out.
      derived.delete(name);
      throw error;
    }
  }

  return {
    async open({ sealed, aad }) {
      try {
        return await open(sealed, aad);
      } catch (cause) {
        throw new AppError("cannot-open", "Check that this bank's private keys are configured, of every version in use.", {
          cause,
        });
      }
    },
  };
}

function nonceOf(header: Buffer): Buffer {
  return Buffer.concat([NONCE_START, header.subarray(NUMBER_OFFSET)]);
}

// Node takes a key object seven times as fast as its bytes.
async function encapsulate(recipient: SealingRecipient): Promise<{ enc: Uint8Array; secret: KeyObject }> {
  if (!Number.isInteger(recipient.keyVersion) || recipient.keyVersion < 1 || recipient.keyVersion > KEY_VERSION_MAX) {
    throw new RangeError(`A sealing key's version is 1 to ${KEY_VERSION_MAX}, not ${recipient.keyVersion}.`);
  }
  try {
    const { enc, secret } = await exportAsSender(bytesFromHex(recipient.publicKey, KEY_BYTES), INFO);
    return { enc, secret: createSecretKey(secret) };
  } catch (cause) {
    throw new AppError("bank-unreachable", `The sealing key of ${recipient.bank} is no usable X25519 key; it must rotate it.`, {
      cause,
    });
  }
}
