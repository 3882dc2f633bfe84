import { createHash } from "node:crypto";
import { keccak256 } from "ethers";

/** Something that must appear nowhere, in one of the forms it could appear in. `text` has at least ten characters; hex is lower-case. */
export interface CanaryForm {
  name: string;
  text: string;
}

const HASHES = ["sha256", "sha1", "md5", "sha512", "sha3-256"];

/** A phone number in E.164 form, however it may be written, in the clear or as a hash that anyone can compute. */
export function phoneForms(phone: string): CanaryForm[] {
  const digits = phone.slice(1);
  // The national form of a Thai number.
  const spellings = [phone, digits, `0${digits.slice(2)}`, `tel:${phone}`, `tel:${digits}`];
  return [...spellings.flatMap((spelling) => [...clearForms(spelling), ...hashForms(spelling)]), numberForm(digits)];
}

/** An account number, in the clear or as a hash that anyone can compute. */
export function accountForms(account: string): CanaryForm[] {
  return [...clearForms(account), ...hashForms(account), numberForm(account)];
}

/** What is too long to be guessed: only its text matters, however that is encoded. */
export function clearForms(text: string): CanaryForm[] {
  const bytes = Buffer.from(text, "utf8");
  return [
    { name: `${text} as text`, text },
    { name: `${text} as hex`, text: bytes.toString("hex") },
    ...base64Forms(text, bytes),
  ];
}

function hashForms(text: string): CanaryForm[] {
  const bytes = Buffer.from(text, "utf8");
  const digests: [string, Buffer][] = [
    ...HASHES.map((hash): [string, Buffer] => [hash, createHash(hash).update(bytes).digest()]),
    ["keccak256", Buffer.from(keccak256(bytes).slice(2), "hex")],
  ];
  return digests.flatMap(([hash, digest]) => [
    { name: `${hash} of ${text} in hex`, text: digest.toString("hex") },
    { name: `${hash} of ${text} in base64`, text: digest.toString("base64").replace(/=+$/, "") },
    { name: `${hash} of ${text} in base64url`, text: digest.toString("base64url") },
  ]);
}

/** As a number, as a contract would take it. Ten hex digits at least: fewer turn up by chance. */
function numberForm(digits: string): CanaryForm {
  const hex = BigInt(digits).toString(16);
  return { name: `${digits} as a number`, text: hex.padStart(Math.max(10, hex.length + (hex.length % 2)), "0") };
}

/** Base64 of a longer text that has this one in it at any place: without the characters that its neighbours have a part in. */
function base64Forms(name: string, bytes: Buffer): CanaryForm[] {
  return [0, 1, 2].flatMap((offset) => {
    const end = offset + bytes.length;
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const inner = ([encoding]: ["base64" | "base64url"]) =>
      padded.toString(encoding).slice(Math.ceil((offset * 8) / 6), Math.floor((end * 8) / 6));
    return [
      { name: `${name} in base64 at ${offset}`, text: inner(["base64"]) },
      { name: `${name} in base64url at ${offset}`, text: inner(["base64url"]) },
    ];
  });
}
