import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import { readBrowserConfig } from "../../src/config/config.js";

// `npm test`: every suite; at the end what failed, once more, and one line: 'N passed, N failed'. `npm test -- banks system` runs those.

// The limit is for what hangs: a slow machine fails no test.
const MOCHA = ["--import", "tsx", "node_modules/mocha/bin/mocha.js", "--exit", "--timeout", "120000"];
const mocha = (...globs: string[]) => [...MOCHA, ...globs];

const SUITES: Record<string, readonly string[]> = {
  contracts: ["node_modules/hardhat/dist/src/cli.js", "test"],
  functions: mocha("test/functions/**/*.test.ts", "test/function-host/**/*.test.ts", "test/webhooks/**/*.test.ts"),
  watcher: mocha("test/watcher/**/*.test.ts"),
  chain: mocha("test/chain/**/*.test.ts", "test/store/**/*.test.ts", "test/audit/**/*.test.ts"),
  api: mocha("test/api/**/*.test.ts", "test/submission/**/*.test.ts", "test/client/**/*.test.ts", "test/cli/**/*.test.ts"),
  domain: mocha(
    "test/domain/**/*.test.ts",
    "test/config/**/*.test.ts",
    "test/architecture/**/*.test.ts",
    "test/dashboard/**/*.test.ts",
    "test/repository/**/*.test.ts",
  ),
  banks: mocha("test/banks/**/*.test.ts", "test/bench/**/*.test.ts"),
  kubernetes: mocha("test/kubernetes/**/*.test.ts"),
  observability: mocha("test/observability/**/*.test.ts"),
  simulation: mocha("test/simulation/**/*.test.ts", "test/faults/**/*.test.ts"),
  browser: mocha("test/web-bank/*.test.ts", "test/browser/*.test.ts"),
  system: mocha("test/system/**/*.test.ts"),
  "start-up": mocha("test/start-up/**/*.test.ts"),
  nodes: mocha("test/nodes/**/*.test.ts"),
};

/** Suites that run only where they are named: `npm run test:browser`. */
const ON_DEMAND: Record<string, readonly string[]> = {
  "browser-all": mocha("test/web-bank/**/*.test.ts", "test/browser/**/*.test.ts"),
};

// The simulation has a process for each of two cores, and one of them waits for the other at the end.
const FIRST = ["simulation", "contracts"];
// Whole stacks, two at a time, for their memory; two others beside them; afterwards four others at a time. All of them wait as much as
// they work. The longest begin first, so that none is left alone at the end.
const STACKS = ["system", "start-up", "browser", "browser-all", "nodes"];
const LINES_OF_A_BREAKDOWN = 40;

interface Count {
  passed: number;
  failed: number;
}

interface Result extends Count {
  /** What the reporter says of each failure, at the end of what it prints; empty where there is none. */
  failures: string;
}

type Show = (text: string | Buffer) => void;

const showAtOnce: Show = (text) => void process.stdout.write(text);

/** Runs a suite, shows what it prints, and counts by the reporter's closing lines. */
async function run(name: string, args: readonly string[], show: Show): Promise<Result> {
  show(`\n=== ${name}\n`);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    show(chunk);
    output += chunk.toString("utf8");
  });
  child.stderr.on("data", show);
  const code = await new Promise<number>((resolve) => child.on("close", (exitCode) => resolve(exitCode ?? 1)));
  const count = { passed: last(output, "passing"), failed: last(output, "failing") };
  // A suite that breaks before it counts, or that has nothing to run, has not passed.
  if ((code !== 0 || count.passed === 0) && count.failed === 0) count.failed = 1;
  return { ...count, failures: count.failed === 0 ? "" : failuresIn(output) };
}

/** From the first 'N failing' on; the last lines where a suite broke before it counted. */
function failuresIn(output: string): string {
  const lines = output.trimEnd().split("\n");
  const first = lines.findIndex((line) => /^\s*\d+ failing\b/.test(stripVTControlCharacters(line)));
  return lines.slice(first >= 0 ? first : -LINES_OF_A_BREAKDOWN).join("\n");
}

/** The last count of its kind: Hardhat prints one for each kind of test, and then the total. */
function last(output: string, word: "passing" | "failing"): number {
  const counts = [...stripVTControlCharacters(output).matchAll(new RegExp(`^\\s*(\\d+) ${word}\\b`, "gm"))];
  return Number(counts.at(-1)?.[1] ?? 0);
}

const wanted = process.argv.slice(2);
const all = { ...SUITES, ...ON_DEMAND };
const unknown = wanted.filter((name) => !(name in all));
if (unknown.length > 0) {
  process.stderr.write(`There is no suite ${unknown.join(", ")}. There are: ${Object.keys(all).join(", ")}.\n`);
  process.exit(2);
}

const total: Count = { passed: 0, failed: 0 };
const summary: string[] = [];
const failures: string[] = [];
const { CHROMIUM_PATH } = readBrowserConfig();

async function runAndCount(name: string, show: Show): Promise<void> {
  if (name.startsWith("browser") && !existsSync(CHROMIUM_PATH)) {
    const line = `skipped: no Chromium at ${CHROMIUM_PATH}, so nothing is tried in a browser. Debian: apt-get install -y chromium`;
    show(`\n=== ${name}\n${line}\n`);
    summary.push(`${name.padEnd(10)} ${line}`);
    return;
  }
  const began = Date.now();
  const count = await run(name, all[name] ?? [], show);
  total.passed += count.passed;
  total.failed += count.failed;
  if (count.failed > 0) failures.push(`\n=== ${name}, once more what failed\n${count.failures}\n`);
  summary.push(
    `${name.padEnd(10)} ${count.passed} passed, ${count.failed} failed in ${((Date.now() - began) / 1000).toFixed(0)} s`,
  );
}

/** One suite's output is shown as it comes; that of another beside it is kept back until the first has ended. */
function createScreen() {
  const waiting: { kept: (string | Buffer)[]; ended: boolean }[] = [];

  function goOn(): void {
    while (waiting[0]?.ended) {
      waiting.shift();
      for (const text of waiting[0]?.kept.splice(0) ?? []) showAtOnce(text);
    }
  }

  /** A place on the screen for one suite's output. */
  return function enter(): { show: Show; leave(): void } {
    const place = { kept: [] as (string | Buffer)[], ended: false };
    waiting.push(place);
    return {
      show: (text) => (waiting[0] === place ? showAtOnce(text) : void place.kept.push(text)),
      leave: () => {
        place.ended = true;
        goOn();
      },
    };
  };
}

const enter = createScreen();

/** Runs one suite after another, until none is left: those of the first queue, then those of the next. Others may be taking from the same. */
async function runAll(...queues: string[][]): Promise<void> {
  for (const queue of queues) {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const { show, leave } = enter();
      await runAndCount(name, show);
      leave();
    }
  }
}

/** Once for all of them: one would write what another reads or starts from. */
async function build(): Promise<void> {
  const { buildServices } = await import("../stack/build-services.js");
  await buildServices(process.cwd());
}

const began = Date.now();
const names = Object.keys(all).filter((name) => (wanted.length > 0 ? wanted.includes(name) : name in SUITES));
const first = FIRST.filter((name) => names.includes(name));
const stacks = STACKS.filter((name) => names.includes(name));
const others = names.filter((name) => !FIRST.includes(name) && !STACKS.includes(name));
if (first.length > 0 || stacks.length > 0) await build();
await Promise.all([runAll(first), runAll(first)]);
await Promise.all([runAll(stacks, others), runAll(stacks, others), runAll(others), runAll(others)]);
process.stdout.write(failures.join(""));
process.stdout.write(`\n${summary.map((line) => `  ${line}`).join("\n")}\n`);
process.stdout.write(
  `  ${((Date.now() - began) / 1000).toFixed(0)} s in all\n\n${total.passed} passed, ${total.failed} failed\n`,
);
process.exit(total.failed === 0 ? 0 : 1);
