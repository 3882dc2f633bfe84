import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from "node:crypto";
import { AppError } from "../../domain/app-error.js";

/** Makes and reads the cursors of lists. Every replica with the same key understands them, for as long as it has the key. */
export interface Cursors {
  /** @param scope What the list is of, filters and all: a cursor is good for the same list only. */
  write(scope: unknown, position: readonly string[]): string;
  /** @throws AppError `invalid-request` for what is no cursor of this list */
  read(scope: unknown, cursor: string): string[];
}

// Its base64url begins with a letter: no command line takes a cursor for an option.
const VERSION = Buffer.from([1]);
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** @param secret At least 32 bytes; the cursors' key is derived from it (HKDF, RFC 5869). */
export function createCursors(secret: Uint8Array): Cursors {
  const key = createSecretKey(Buffer.from(hkdfSync("sha256", secret, "", "event-machine/cursors/1", KEY_BYTES)));
  const tagOf = (scope: unknown, position: string) =>
    createHmac("sha256", key)
      .update(JSON.stringify([scope, position]))
      .digest()
      .subarray(0, TAG_BYTES);

  return {
    write(scope, position) {
      const text = JSON.stringify(position);
      return Buffer.concat([VERSION, tagOf(scope, text), Buffer.from(text, "utf8")]).toString("base64url");
    },
    read(scope, cursor) {
      const bytes = Buffer.from(cursor, "base64url");
      const tag = bytes.subarray(1, 1 + TAG_BYTES);
      const text = bytes.subarray(1 + TAG_BYTES).toString("utf8");
      // One spelling only: Node would skip what is no base64.
      const isOurs =
        bytes[0] === VERSION[0] &&
        tag.length === TAG_BYTES &&
        bytes.toString("base64url") === cursor &&
        timingSafeEqual(tag, tagOf(scope, text));
      if (!isOurs) {
        throw new AppError(
          "invalid-request",
          "The cursor is not of this list; take it from the page before, with the same filters.",
        );
      }
      return JSON.parse(text) as string[];
    },
  };
}
