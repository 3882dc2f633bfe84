const HEX_PATTERN = /^0x(?:[0-9a-fA-F]{2})*$/;

/**
 * The bytes of a hex string that begins with 0x; so many as it has unless told.
 *
 * @throws RangeError where it is not hex, or not of `lengthBytes`; the message does not repeat it, since it may be a key.
 */
export function bytesFromHex(hex: string, lengthBytes = (hex.length - 2) >> 1): Uint8Array {
  if (!HEX_PATTERN.test(hex) || hex.length !== 2 + 2 * lengthBytes) {
    throw new RangeError(`Expected 0x and ${2 * lengthBytes} hex digits.`);
  }
  return Buffer.from(hex.slice(2), "hex");
}

/** 0x and the bytes in lower-case hex. */
export function hexFromBytes(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}
