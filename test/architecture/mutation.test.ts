import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { EQUIVALENT } from "../../scripts/check/mutate/equivalent.js";
import { instrument, oneLine } from "../../scripts/check/mutate/instrument.js";
import { filesOf, TARGETS, targetsUnder } from "../../scripts/check/mutate/targets.js";

describe("the mutants of the sources", () => {
  it("are of files that exist, and are tested by files that exist", () => {
    for (const { sources, without, tests } of TARGETS) {
      expect(filesOf(sources, without)).to.not.be.empty;
      expect(filesOf(tests)).to.not.be.empty;
    }
  });

  it("can be chosen by a file, by a folder and by a target", () => {
    expect(targetsUnder("src/functions/credit.ts").flatMap(({ files }) => files)).to.deep.equal(["src/functions/credit.ts"]);
    expect(targetsUnder("src/submission").flatMap(({ files }) => files)).to.not.be.empty;
    expect(targetsUnder("src").map(({ target }) => target.name)).to.include.members(["src/functions", "src/watcher"]);
    expect(targetsUnder("src/fun")).to.deep.equal([]);
  });

  it("that are listed as equivalent are mutants of the code as it stands", async () => {
    for (const { file, original, line = "", reason } of EQUIVALENT) {
      const source = oneLine(await readFile(file, "utf8"));
      expect(source, file).to.include(original).and.to.include(line);
      expect(reason).to.match(/\S+ \S+/);
    }
  });

  it("change decisions and statements, and leave log lines and the texts of errors alone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "event-machine-mutants-"));
    await mkdir(join(folder, "src"));
    const code = [
      "export function f(a: number, deps: Deps): void {",
      '  if (a < 1) throw new AppError("conflict", "Too small.");',
      '  deps.logger.info({ a }, "a number was taken");',
      "  deps.pay(a);",
      "}",
    ];
    await writeFile(join(folder, "src/a.ts"), `${code.join("\n")}\n`);
    const mutants = await instrument(folder, ["src/a.ts"]);
    const instrumented = await readFile(join(folder, "src/a.ts"), "utf8");
    await rm(folder, { recursive: true });
    const changes = mutants.map(({ line, original, replacement }) => `${line}: ${original} -> ${replacement}`);
    expect(changes).to.include.members(["2: a < 1 -> a <= 1", '2: "conflict" -> ""', "4: deps.pay(a); -> ;"]);
    expect(changes.filter((change) => change.startsWith("3:"))).to.deep.equal([]);
    expect(changes).to.not.include('2: "Too small." -> ""');
    for (const { id } of mutants) expect(instrumented).to.include(`stryMutAct_9fa48("${id}")`);
  });
});
