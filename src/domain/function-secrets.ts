import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { AppError } from "./app-error.js";
import { bytesFromHex } from "./hex.js";

/** A function's webhook secret as the database keeps it: `sealed:<key's version>:<nonce, ciphertext and tag in base64url>`. */
export type SealedSecret = string & { readonly sealedSecret: true };

/** The function that a secret belongs to. A secret that was sealed for one function cannot be opened as another's. */
export interface SecretOwner {
  name: string;
  /** The principal that registered the function; the deployment itself without one. */
  owner?: string | null | undefined;
}

/** Seals and opens functions' webhook secrets, with keys that the database never sees. */
export interface FunctionSecrets {
  seal(fn: SecretOwner, secret: string): SealedSecret;
  /** @throws AppError `cannot-open` with the version of the key that is needed. */
  open(fn: SecretOwner, sealed: SealedSecret): string;
  /** Seals what an earlier version left in the clear, or what an older key sealed; anything else stays as it is. */
  renew(fn: SecretOwner, stored: string): SealedSecret;
}

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const TAG_BYTES = 16;
// Random nonces: NIST SP 800-38D section 8.3 allows 2^32 messages under one key, and a secret is sealed at a registration, a rotation
// and a start of the watcher only.
const NONCE_BYTES = 12;
const LABEL = "eventmachine.function-secret.v1";
const SEALED = /^sealed:([1-9][0-9]{0,4}):([A-Za-z0-9_-]+)$/;
const CLEAR = /^whsec_/;

/**
 * @param keys AES-256 keys by version, 0x and 64 hex digits each
 * @param version the version of the key that seals; the others only open
 */
export function createFunctionSecrets(keys: ReadonlyMap<number, string>, version: number): FunctionSecrets {
  const keyObjects = new Map(
    [...keys].map(([each, hex]): [number, KeyObject] => [each, createSecretKey(bytesFromHex(hex, KEY_BYTES))]),
  );

  function seal(fn: SecretOwner, secret: string): SealedSecret {
    const key = keyObjects.get(version);
    if (key === undefined) throw new RangeError(`There is no key of version ${version}.`);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(associatedData(fn, version));
    const parts = [nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()];
    return `sealed:${version}:${Buffer.concat(parts).toString("base64url")}` as SealedSecret;
  }

  function open(fn: SecretOwner, sealed: SealedSecret): string {
    const [, sealedWith, text = ""] = SEALED.exec(sealed) ?? [];
    if (sealedWith === undefined) {
      throw new AppError(
        "cannot-open",
        `The stored secret of the function ${fn.name} is not sealed. Start the API or the watcher again.`,
      );
    }
    const key = keyObjects.get(Number(sealedWith));
    const bytes = Buffer.from(text, "base64url");
    try {
      if (key === undefined || bytes.length < NONCE_BYTES + TAG_BYTES) throw new RangeError("no key, or too short");
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(associatedData(fn, Number(sealedWith))).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString("utf8");
    } catch (cause) {
      throw new AppError(
        "cannot-open",
        `The secret of the function ${fn.name} cannot be opened: FUNCTION_SECRET_KEYS lacks the key of version ${sealedWith} that sealed it, or has another one. Give that key beside the new one; docs/operations.md says what to do if it is lost.`,
        { cause },
      );
    }
  }

  return {
    seal,
    open,
    renew(fn, stored) {
      if (CLEAR.test(stored)) return seal(fn, stored);
      const sealed = stored as SealedSecret;
      const secret = open(fn, sealed);
      return Number(SEALED.exec(sealed)?.[1]) < version ? seal(fn, secret) : sealed;
    },
  };
}

function associatedData({ name, owner = null }: SecretOwner, version: number): Buffer {
  return Buffer.from(JSON.stringify([LABEL, version, name, owner]), "utf8");
}
