import { createHmac, createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";

// HPKE's Base mode written out from RFC 9180 with node:crypto alone, to check the library and our use of it against.
const KEM_SUITE = Buffer.concat([Buffer.from("KEM"), Buffer.from("0020", "hex")]);
const HPKE_SUITE = Buffer.concat([Buffer.from("HPKE"), Buffer.from("00200001ffff", "hex")]);
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b656e032100", "hex");
const LENGTH = 32;

/** The recipient's secret (RFC 9180: Decap, KeySchedule, Export with an empty context), 32 bytes. */
export function referenceExport(privateKey: Buffer, enc: Buffer, info: Buffer): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, privateKey]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, enc]), format: "der", type: "spki" });
  const ownPublic = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(SPKI_PREFIX.length);
  const dh = diffieHellman({ privateKey: key, publicKey });
  const prk = labeledExtract(KEM_SUITE, Buffer.alloc(0), "eae_prk", dh);
  const shared = labeledExpand(KEM_SUITE, prk, "shared_secret", Buffer.concat([enc, ownPublic]));
  const empty = Buffer.alloc(0);
  const context = Buffer.concat([
    Buffer.of(0),
    labeledExtract(HPKE_SUITE, empty, "psk_id_hash", empty),
    labeledExtract(HPKE_SUITE, empty, "info_hash", info),
  ]);
  const exporter = labeledExpand(HPKE_SUITE, labeledExtract(HPKE_SUITE, shared, "secret", empty), "exp", context);
  return labeledExpand(HPKE_SUITE, exporter, "sec", empty);
}

function labeledExtract(suite: Buffer, salt: Buffer, label: string, ikm: Buffer): Buffer {
  return hmac(salt, Buffer.concat([Buffer.from("HPKE-v1"), suite, Buffer.from(label), ikm]));
}

// One block of HKDF-Expand (RFC 5869): every length here is SHA-256's own.
function labeledExpand(suite: Buffer, prk: Buffer, label: string, info: Buffer): Buffer {
  return hmac(prk, Buffer.concat([Buffer.of(0, LENGTH), Buffer.from("HPKE-v1"), suite, Buffer.from(label), info, Buffer.of(1)]));
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
