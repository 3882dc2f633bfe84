import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";

const FOLDER = ".github/workflows";
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
const files = readdirSync(FOLDER);

/** The npm scripts and the steps of `.ci/run` that commands name. */
function named(commands: readonly string[]): { scripts: string[]; steps: string[] } {
  const all = (pattern: RegExp) => commands.flatMap((command) => [...command.matchAll(pattern)].map(([, name = ""]) => name));
  return { scripts: all(/npm run ([\w:-]+)/g), steps: all(/^\.ci\/run ([\w ]+)$/g).flatMap((steps) => steps.split(" ")) };
}

/** Every command of a workflow, with the values of its matrix in place of their names. */
function commandsOf(file: string): string[] {
  const { jobs } = parse(readFileSync(join(FOLDER, file), "utf8"));
  return Object.values<{ strategy?: { matrix?: Record<string, unknown[]> }; steps: { run?: string }[] }>(jobs).flatMap((job) => {
    const runs = job.steps.flatMap(({ run }) => run ?? []);
    const [[key, values] = ["", [""]]] = Object.entries(job.strategy?.matrix ?? {});
    return values.flatMap((value) => runs.map((run) => fill(run, key, value)));
  });
}

function fill(run: string, key: string, value: unknown): string {
  return run.replace(/\$\{\{ matrix\.([\w.]+) \}\}/g, (_, path: string) => {
    const [first, field] = path.split(".");
    expect(first).to.equal(key);
    return String(field === undefined ? value : (value as Record<string, unknown>)[field]);
  });
}

describe("the workflows", () => {
  const commands = files.flatMap(commandsOf);

  it("call npm scripts that package.json has", () => {
    const { scripts: called } = named(commands);
    expect(called).to.include("simulate");
    expect(called.filter((name) => !(name in scripts))).to.deep.equal([]);
  });

  it("call each step of .ci/run once, and no step that it lacks", () => {
    const [, steps = ""] = /^ALL=\((.*)\)$/m.exec(readFileSync(".ci/run", "utf8")) ?? [];
    expect(named(commands).steps.sort()).to.deep.equal(steps.split(" ").sort());
  });

  it("pass nothing that a pull request's author wrote to a shell", () => {
    for (const file of files) {
      const text = readFileSync(join(FOLDER, file), "utf8");
      expect(text, file).not.to.match(/pull_request_target|github\.(head_ref|event\.)/);
      expect(parse(text).permissions, file).to.deep.equal({ contents: "read" });
    }
  });
});
