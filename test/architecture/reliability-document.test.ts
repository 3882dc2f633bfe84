import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { readSourceFiles } from "./source-files.js";

const DOCUMENT = "docs/reliability.md";

/** The tests that a text names: a file in backquotes, and after it titles, or parts of them, in italics. */
function namedTests(text: string): { file: string; title: string | undefined }[] {
  return [...text.matchAll(/`(test\/[\w./-]+\.ts)`((?:,? \*[^*\n]+\*)*)/g)].flatMap(([, file = "", titles = ""]) => {
    const found = [...titles.matchAll(/\*([^*]+)\*/g)].map(([, title]) => ({ file, title }));
    return found.length > 0 ? found : [{ file, title: undefined }];
  });
}

function missing(text: string, read: (file: string) => string | undefined): string[] {
  return namedTests(text)
    .filter(({ file, title }) => !read(file)?.includes(title ?? ""))
    .map(({ file, title }) => `${file} ${title}`);
}

describe("the page of what goes wrong", () => {
  const text =
    /^## What happens if something goes wrong\n.*?(?=^## |$(?![\s\S]))/ms.exec(readFileSync(DOCUMENT, "utf8"))?.[0] ?? "";
  const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

  it("names no test that is not there", () => {
    expect(
      missing("`test/a.ts` *gone*, *there*; `test/b.ts`", (file) => (file === "test/a.ts" ? 'it("there"' : undefined)),
    ).to.deep.equal(["test/a.ts gone", "test/b.ts undefined"]);
    expect(namedTests(text).length).to.be.above(50);
    expect(missing(text, read)).to.deep.equal([]);
  });

  it("quotes no message that nobody writes", () => {
    const program = readSourceFiles("src", "scripts")
      .map((file) => file.text)
      .join("\n");
    const quoted = [...text.matchAll(/"([^"\n]+)"/g)].map(([, message = ""]) => message);
    expect(quoted.length).to.be.above(15);
    expect(quoted.filter((message) => !program.includes(message))).to.deep.equal([]);
  });

  it("goes through every fault and every money scenario", () => {
    const numbers = (part: string) =>
      [...part.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = ""]) => cell.split(", ").map(Number));
    const [faults = "", money = ""] = text.split("### Money");
    expect([...new Set(numbers(faults))].sort((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 31 }, (_, index) => index + 1),
    );
    expect([...new Set(numbers(money))].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 19 }, (_, index) => index + 1));
  });
});
