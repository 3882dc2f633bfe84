import { expect } from "chai";
import fc from "fast-check";
import { parseStrictJson } from "../../../src/api/http/strict-json.js";
import { AppError } from "../../../src/domain/app-error.js";

const parse = (text: string) => parseStrictJson(Buffer.from(text));
const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0") && value !== "__proto__");
const { value: json } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small", maxDepth: 6 }, fc.constantFrom(null, true, 1.5, -0), text, tie("array"), tie("object")),
  array: fc.array(tie("value"), { maxLength: 3 }),
  object: fc.dictionary(text, tie("value"), { maxKeys: 3, noNullPrototype: true }),
}));

describe("strict JSON", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2), (value, indent) => {
        const written = JSON.stringify(value, undefined, indent);
        expect(parse(written)).to.deep.equal(JSON.parse(written));
      }),
    );
  });

  it("refuses any member given twice, however deep and however escaped", () => {
    const escaped = (name: string) => `"${[...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;
    fc.assert(
      fc.property(
        text.filter((name) => /^[\x20-\x7e]*$/.test(name)),
        fc.nat(5),
        fc.boolean(),
        json,
        (name, depth, asEscapes, value) => {
          const again = asEscapes ? escaped(name) : JSON.stringify(name);
          const object = `{${JSON.stringify(name)} : ${JSON.stringify(value)},"}{":1, ${again}:2}`;
          expect(() => parse("[".repeat(depth) + object + "]".repeat(depth))).to.throw(AppError);
        },
      ),
    );
  });

  it("takes a member's name again in another object", () => {
    expect(parse('[{"a":1},{"a":{"a":[{"a":1}]}}]')).to.deep.equal([{ a: 1 }, { a: { a: [{ a: 1 }] } }]);
  });

  it("is not misled by brackets, quotes and colons in strings", () => {
    expect(parse('{"a\\"":"}","b":"{\\"b\\":1}","c":[":","\\\\"]}')).to.deep.equal({ 'a"': "}", b: '{"b":1}', c: [":", "\\"] });
  });

  it("fails with nothing but its own error, whatever the bytes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string().map((value) => Buffer.from(value)),
        ),
        (bytes) => {
          try {
            parseStrictJson(bytes);
          } catch (error) {
            expect(error).to.be.instanceOf(AppError);
            expect((error as AppError).cause).to.equal(undefined);
          }
        },
      ),
    );
  });
});
