import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect } from "chai";
import { ERROR_CODES } from "../../src/domain/app-error.js";
import { clockViolations, WALL_CLOCK_FILES } from "./clock-rule.js";
import { environmentViolations } from "./environment-rule.js";
import { undocumentedCodes, unusedCodes } from "./error-code-rules.js";
import { importCycles } from "./import-cycles.js";
import { importViolations, specifiersOf, testImports } from "./import-rules.js";
import { FILE_MAX_LINES, FUNCTION_MAX_LINES, fileSizeViolations, functionSizeViolations } from "./size-rules.js";
import { readSourceFiles, type SourceFile } from "./source-files.js";

const LONG_FILES: Record<string, string> = {
  "src/client/openapi.d.ts": "generated",
  "test/contracts/starts.test.ts": "the decision tree of one function, branch by branch",
  "test/contracts/resolutions.test.ts": "the decision tree of one function, branch by branch",
  "src/dashboard/i18n/en.ts": "a dictionary",
  "src/dashboard/i18n/th.ts": "a dictionary",
};
const LONG_FUNCTIONS: Record<string, string> = {};

describe("the architecture", () => {
  const source = readSourceFiles("src");
  const program = readSourceFiles("src", "scripts", "ignition", "hardhat.config.ts");
  const everything = [...program, ...readSourceFiles("test", "tools")];
  const planted = (path: string, text: string): SourceFile[] => [{ path, text }];

  it("looks at files at all", () => {
    expect(source.length).to.be.above(80);
    expect(program.map(({ path }) => path)).to.include.members(["hardhat.config.ts", "src/bin/api.ts", "scripts/dev/start.ts"]);
  });

  describe("imports", () => {
    const forbidden: [string, string][] = [
      ["src/domain/money.ts", 'import { sql } from "../store/open-store.js";'],
      ["src/chain/contracts/chain-event.ts", 'import type { Db } from "../../store/open-store.js";'],
      ["src/store/transfers/journal.ts", 'export { decodeEvent } from "../../chain/contracts/chain-event.js";'],
      ["src/banks/limiter.ts", 'const { x } = await import("../chain/chain-event.js");'],
      ["src/watcher/wake.ts", 'type X = import("../api/deps.js").ApiDeps;'],
      ["src/functions/leg.ts", 'import "../watcher/watcher.js";'],
      ["src/api/app.ts", 'import { readApiConfig } from "../config/config.js";'],
      ["src/config/config.ts", 'import "../store/open-store.js";'],
      ["src/api/app.ts", 'import { startStack } from "../../scripts/stack/stack.js";'],
      ["src/store/transfers/journal.ts", 'import { X } from "../../../types/ethers-contracts/index.js";'],
      ["src/store/transfers/journal.ts", "await import(name);"],
      ["src/banks/simulators/ledger.ts", 'import "../../watcher/watcher.js";'],
      ["src/client/a.ts", 'import type { Money } from "../domain/money.js";'],
      ["src/chain/a.ts", 'const x = require("../api/deps.js");'],
      ["src/dashboard/session.ts", 'import { SCOPES } from "../api/deps.js";'],
      ["src/dashboard/session.ts", 'import type { Db } from "../store/open-store.js";'],
      ["src/api/app.ts", 'import type { Edge } from "../dashboard/live/activity.js";'],
      ["src/elsewhere/a.ts", ""],
    ];
    for (const [path, text] of forbidden) {
      it(`would be caught: ${text || "a folder without a rule"} in ${path}`, () => {
        expect(importViolations(planted(path, text))).to.have.length(1);
      });
    }

    it("are found in every form, and those that are allowed are allowed", () => {
      const text =
        'import a from "../domain/a.js"; export * from "./b.js"; import("../chain/c.js"); import "pg"; // import "./no.js"';
      expect(specifiersOf({ path: "a.ts", text })).to.deep.equal(["../domain/a.js", "./b.js", "../chain/c.js", "pg"]);
      expect(importViolations(planted("src/dashboard/api/a.ts", 'export type { A } from "../../api/a.js";'))).to.deep.equal([]);
      expect(importViolations(planted("src/watcher/a.ts", text))).to.deep.equal([]);
      expect(importViolations(planted("src/bin/a.ts", 'import "../watcher/w.js"; import "../config/c.js";'))).to.deep.equal([]);
    });

    it("keep to the design", () => {
      expect(importViolations(source)).to.deep.equal([]);
    });

    it("of tests by scripts and tools are found", () => {
      expect(testImports(planted("scripts/ops/a.ts", 'import type { A } from "../../test/support/a.js";'))).to.have.length(1);
      expect(testImports(planted("tools/a.ts", 'await import("../test/a.js");'))).to.have.length(1);
      expect(testImports(planted("scripts/a.ts", 'import "../tools/test/a.js";'))).to.deep.equal([]);
    });

    it("of scripts, tools and services reach no test", () => {
      expect(testImports([...program, ...readSourceFiles("tools")])).to.deep.equal([]);
    });

    it("form a circle that the check finds, type imports included", () => {
      const circle: SourceFile[] = [
        { path: "a.ts", text: 'import type { B } from "./b/b.js";' },
        { path: "b/b.ts", text: 'export { c } from "../c.js";' },
        { path: "c.ts", text: 'await import("./a.js"); import "./d.js";' },
        { path: "d.ts", text: "" },
      ];
      expect(importCycles(circle)).to.deep.equal([["a.ts", "b/b.ts", "c.ts"]]);
      expect(importCycles(circle.slice(1))).to.deep.equal([]);
      expect(importCycles(planted("a.ts", 'import "./a.js";'))).to.deep.equal([["a.ts"]]);
    });

    it("form no circle", () => {
      expect(importCycles(everything)).to.deep.equal([]);
    });

    it("never reach a file of src/bin, for each is a process", () => {
      // The command line under tsx is that process.
      const others = everything.filter(({ path }) => path !== "scripts/ops/eventmachine.ts");
      const importers = others.filter((file) =>
        specifiersOf(file).some((specifier) => /^src\/bin\/[^/]+\.js$/.test(posix.join(posix.dirname(file.path), specifier))),
      );
      expect(importers.map(({ path }) => path)).to.deep.equal([]);
    });
  });

  describe("the environment", () => {
    for (const text of [
      "const a = process.env.A;",
      'const a = process["env"];',
      "const { env } = process;",
      "const { env: mine } = globalThis.process;",
      'import { env } from "node:process";',
      'import { env as mine } from "process";',
    ]) {
      it(`would be caught being read by: ${text}`, () => {
        expect(environmentViolations(planted("scripts/a.ts", text))).to.have.length(1);
        expect(environmentViolations(planted("src/config/config.ts", text))).to.deep.equal([]);
      });
    }

    it("is read by the configuration only", () => {
      expect(environmentViolations(program)).to.deep.equal([]);
    });
  });

  describe("the time of day", () => {
    for (const text of ["const a = Date.now();", "f({ clock: Date.now });", "new Date();", "globalThis.Date.now()", "Date()"]) {
      it(`would be caught being read by: ${text}`, () => {
        expect(clockViolations(planted("src/a.ts", text), {})).to.have.length(1);
        expect(clockViolations(planted("src/a.ts", text), { "src/a.ts": "a fact" })).to.deep.equal([]);
      });
    }

    it("may be written and compared, and a reason must not outlive its use", () => {
      expect(clockViolations(planted("src/a.ts", "new Date(5); Date.parse(text);"), {})).to.deep.equal([]);
      expect(clockViolations(planted("src/a.ts", ""), { "src/a.ts": "a fact" })).to.have.length(1);
    });

    it("is read only where the fact is a time of day", () => {
      expect(clockViolations(source, WALL_CLOCK_FILES)).to.deep.equal([]);
    });
  });

  describe("sizes", () => {
    const lines = (count: number) => Array.from({ length: count }, (_, index) => `  f(${index});`).join("\n");

    it("would be caught being too large", () => {
      expect(fileSizeViolations(planted("a.ts", lines(FILE_MAX_LINES)), {})).to.deep.equal([]);
      expect(fileSizeViolations(planted("a.ts", lines(FILE_MAX_LINES + 1)), {})).to.have.length(1);
      expect(fileSizeViolations(planted("a.ts", lines(FILE_MAX_LINES + 1)), { "a.ts": "a table" })).to.deep.equal([]);
      const long = `function f() {\n${lines(FUNCTION_MAX_LINES - 1)}\n}`;
      expect(functionSizeViolations(planted("a.ts", long), {})).to.deep.equal(["a.ts f has 61 lines of its own"]);
      expect(functionSizeViolations(planted("a.ts", `const f = () => {\n${lines(FUNCTION_MAX_LINES)}\n};`), {})).to.have.length(
        1,
      );
    });

    it("count a function's own lines, not those of functions inside it", () => {
      const inner = `  function g() {\n${lines(40)}\n  }`;
      expect(functionSizeViolations(planted("a.ts", `function f() {\n${inner}\n${inner}\n}`), {})).to.deep.equal([]);
    });

    it("of files are kept", () => {
      expect(fileSizeViolations(everything, LONG_FILES)).to.deep.equal([]);
    });

    it("of functions are kept", () => {
      expect(functionSizeViolations(program, LONG_FUNCTIONS)).to.deep.equal([]);
    });
  });

  describe("error codes", () => {
    const codes = { "not-found": { status: 404, retryable: false } };

    it("would be caught being unused, undocumented, documented wrongly or gone", () => {
      expect(unusedCodes(["not-found"], planted("a.ts", 'throw new AppError("conflict", "not-found");'))).to.deep.equal([]);
      expect(unusedCodes(["not-found"], planted("a.ts", "// not-found"))).to.deep.equal(["not-found"]);
      expect(undocumentedCodes(codes, "| `not-found` | 404 | no | text |")).to.deep.equal([]);
      expect(undocumentedCodes(codes, "")).to.deep.equal(["not-found"]);
      expect(undocumentedCodes(codes, "| `not-found` | 400 | no | text |")).to.deep.equal(["not-found"]);
      expect(undocumentedCodes({}, "| `not-found` | 404 | no | text |")).to.deep.equal(["not-found"]);
    });

    it("are all used", () => {
      const users = [...program].filter(({ path }) => path !== "src/domain/app-error.ts");
      expect(unusedCodes(Object.keys(ERROR_CODES), users)).to.deep.equal([]);
    });

    it("are all documented", () => {
      expect(undocumentedCodes(ERROR_CODES, readFileSync("docs/errors.md", "utf8"))).to.deep.equal([]);
    });
  });
});
