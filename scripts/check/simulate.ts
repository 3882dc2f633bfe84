import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import type { SeedReport } from "../../tools/simulation/run-seed.js";
import { parseOptions } from "../parse-options.js";
import { buildContracts } from "../stack/build-contracts.js";

// npm run simulate -- --seeds <n> --from <s> [--transfers <n>] [--json]: the real watcher, store, delivery, functions, senders and
// ledgers in processes with a simulated clock, and what a seed makes go wrong. The same seed is the same run, event for event.
// --seed <s> --trace <file> replays one and writes down all that happened. Exit code 1 if a seed broke an invariant; that seed is
// kept in tools/simulation/seeds.json, and is run with the tests from then on.

const KEPT = "tools/simulation/seeds.json";
const SEEDS_PER_PROCESS = 25;
const wholeNumber = (text: string, name: string): number => {
  if (!/^[0-9]{1,15}$/.test(text)) usage(`--${name} takes a whole number, not '${text}'.`);
  return Number(text);
};
const values = parseOptions({
  seeds: { type: "string", default: "1" },
  from: { type: "string", default: "1" },
  seed: { type: "string" },
  transfers: { type: "string", default: "50" },
  trace: { type: "string" },
  json: { type: "boolean", default: false },
});
const from = wholeNumber(values.seed ?? values.from, values.seed === undefined ? "from" : "seed");
const count = values.seed === undefined ? wholeNumber(values.seeds, "seeds") : 1;
const transfers = wholeNumber(values.transfers, "transfers");
if (values.trace !== undefined && count !== 1) usage("--trace writes down one seed: --seed <s>.");
if (count === 0 || transfers === 0) usage("There is nothing to run: --seeds and --transfers are at least 1.");

// What is simulated needs the contracts' types, which this generates.
await buildContracts(process.cwd());
const totals = { seeds: 0, transfers: 0, violations: 0, simulatedMs: 0, blocks: 0, faults: {} as Record<string, number> };
const states: Record<string, number> = {};
const failed: number[] = [];
const beganAt = performance.now();
if (values.trace === undefined) await runSeeds();
else await traceSeed(values.trace);
if (failed.length > 0) keep(failed);
const seconds = (performance.now() - beganAt) / 1000;
if (values.json) process.stdout.write(`${JSON.stringify({ ...totals, states, failed, seconds })}\n`);
else printTotals();
process.exit(failed.length === 0 ? 0 : 1);

/** In as many processes as there are cores, each of which ends after a while, and its memory with it. */
async function runSeeds(): Promise<void> {
  const { runWorker } = await import("../../tools/simulation/run-worker.js");
  const lanes = Math.min(availableParallelism(), count);
  const each = Math.min(SEEDS_PER_PROCESS, Math.ceil(count / lanes));
  let next = from;
  async function lane(): Promise<void> {
    while (next < from + count) {
      const seeds = Array.from({ length: Math.min(each, from + count - next) }, (_, index) => next + index);
      next += seeds.length;
      let began = performance.now();
      await runWorker(
        () => {
          const seed = seeds.shift();
          return seed === undefined ? undefined : { kind: "seeds", seeds: [seed], transfers };
        },
        ({ reports }) => {
          for (const report of reports) {
            add(report);
            if (!values.json) printSeed(report, performance.now() - began);
          }
          began = performance.now();
        },
      );
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function traceSeed(file: string): Promise<void> {
  const { openStage, runSeed } = await import("../../tools/simulation/run-seed.js");
  const began = performance.now();
  const lines: string[] = [];
  const report = await runSeed(await openStage(), { seed: from, transfers, onTrace: (line) => void lines.push(line) });
  writeFileSync(file, `${lines.join("\n")}\n`);
  add(report);
  if (!values.json) printSeed(report, performance.now() - began);
}

function add(report: SeedReport): void {
  totals.seeds += 1;
  totals.transfers += transfers;
  totals.violations += report.violations.length;
  totals.simulatedMs += report.simulatedMs;
  totals.blocks += report.blocks;
  for (const [kind, struck] of Object.entries(report.faults)) totals.faults[kind] = (totals.faults[kind] ?? 0) + struck;
  for (const [state, ended] of Object.entries(report.states)) states[state] = (states[state] ?? 0) + ended;
  if (report.violations.length > 0) failed.push(report.seed);
}

function printSeed({ seed, digest, violations, faults, simulatedMs }: SeedReport, ms: number): void {
  const struck = Object.values(faults).reduce((sum, one) => sum + one, 0);
  const verdict = violations.length === 0 ? "sound" : `${violations.length} violations`;
  process.stdout.write(
    `seed ${String(seed).padEnd(7)} ${digest.slice(0, 12)}  ${String(struck).padStart(4)} faults in ${(simulatedMs / 1000).toFixed(0)} s ` +
      `of its time, ${(ms / 1000).toFixed(1)} s of ours: ${verdict}\n`,
  );
  for (const violation of violations) process.stdout.write(`  ${violation}\n`);
  if (violations.length > 0)
    process.stdout.write(`  npm run simulate -- --seed ${seed} --transfers ${transfers} --trace trace.txt\n`);
}

function printTotals(): void {
  const ends = Object.entries(states).map(([state, ended]) => `${ended} ${state}`);
  process.stdout.write(
    `\n${totals.seeds} seeds, ${totals.transfers} transfers (${ends.join(", ")}), ${totals.violations} violations, in ${seconds.toFixed(0)} s\n`,
  );
  for (const [kind, struck] of Object.entries(totals.faults).toSorted())
    process.stdout.write(`  ${String(struck).padStart(7)} ${kind}\n`);
}

function keep(seeds: readonly number[]): void {
  const { seeds: known } = JSON.parse(readFileSync(KEPT, "utf8")) as { seeds: number[] };
  const all = [...new Set([...known, ...seeds])].sort((a, b) => a - b);
  writeFileSync(KEPT, `{ "seeds": [${all.join(", ")}] }\n`);
}

function usage(problem: string): never {
  process.stderr.write(
    `${problem}\nusage: npm run simulate -- --seeds <n> --from <s> | --seed <s> [--transfers <n>] [--trace <file>] [--json]\n`,
  );
  process.exit(2);
}
