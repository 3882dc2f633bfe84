const HEX_PATTERN = /^0x(?:[0-9a-fA-F]{2})*$/;

/**
 * The bytes of a hex string that begins with 0x.
 *
 * @param lengthBytes How many there must be; any number where it is not told.
 * @throws RangeError where it is not hex, or not so many; the message does not repeat it, since it may be a key.
 */
export function bytesFromHex(hex: string, lengthBytes?: number): Uint8Array {
  if (!HEX_PATTERN.test(hex) || (lengthBytes !== undefined && hex.length !== 2 + 2 * lengthBytes)) {
    throw new RangeError(`Expected 0x and ${lengthBytes === undefined ? "an even number of" : 2 * lengthBytes} hex digits.`);
  }
  return Buffer.from(hex.slice(2), "hex");
}

/** 0x and the bytes in lower-case hex. */
export function hexFromBytes(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}
