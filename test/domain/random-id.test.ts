import { globSync, readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { createCursors } from "../../src/api/http/cursor.js";
import { randomId } from "../../src/domain/random-id.js";

// Each of these writes a secret, a signature or a text with a fixed beginning; none writes an id that begins with random characters.
const BASE64URL_WRITERS = [
  "src/api/api-keys/routes.ts",
  "src/api/http/cursor.ts",
  "src/domain/function-secrets.ts",
  "src/store/auth/sessions.ts",
  "src/watcher/deliver/post-events.ts",
];

describe("generated ids", () => {
  it("begin with a letter or a digit, and hold nothing else", () => {
    fc.assert(fc.property(fc.integer({ min: 4, max: 32 }), (bytes) => /^[0-9a-f]+$/.test(randomId(bytes))));
  });

  it("are cursors that begin with a letter, whatever the key and the position", () => {
    const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(secret, fc.array(fc.string(), { maxLength: 3 }), (key, position) => {
        const cursors = createCursors(key);
        const cursor = cursors.write("list", position);
        return /^[A-Za-z]/.test(cursor) && JSON.stringify(cursors.read("list", cursor)) === JSON.stringify(position);
      }),
      { numRuns: 500 },
    );
  });

  it("come from no other writer of base64url in src", () => {
    const writers = globSync("src/**/*.ts").filter((file) => /(toString|digest)\("base64url"\)/.test(readFileSync(file, "utf8")));
    expect(writers.toSorted()).to.deep.equal(BASE64URL_WRITERS);
  });
});
