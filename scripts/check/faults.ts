import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ACTS, type Act } from "../../tools/faults/nemesis.js";
import { type FaultReport, runFaults } from "../../tools/faults/run-faults.js";
import { parseOptions } from "../parse-options.js";

// npm run faults -- --minutes <m> --seed <s> [--acts <act>,…] [--keep] [--json]: the whole system as processes on loopback, under load,
// while they are killed, stopped, cut off, PostgreSQL is restarted and the chain is rolled back; then everything heals, and an oracle
// looks at the chain, the banks' own ledgers, the API, what was delivered and what was streamed. Exit code 1 if an invariant was broken;
// the data folder with the logs is kept then, or if --keep says so. The seed chooses what is done and in which order; when it strikes is
// the machine's.

const values = parseOptions({
  minutes: { type: "string", default: "2" },
  seed: { type: "string", default: "1" },
  acts: { type: "string", default: ACTS.join(",") },
  keep: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
});
const acts = values.acts.split(",").filter((act): act is Act => (ACTS as readonly string[]).includes(act));
if (
  !/^[0-9]{1,4}(\.[0-9]+)?$/.test(values.minutes) ||
  Number(values.minutes) === 0 ||
  !/^[0-9]{1,9}$/.test(values.seed) ||
  acts.length !== values.acts.split(",").length
) {
  process.stderr.write(
    `usage: npm run faults -- --minutes <m> --seed <s> [--acts <some of ${ACTS.join(",")}>] [--keep] [--json]\n`,
  );
  process.exit(2);
}
const say = (line: string) => {
  if (!values.json) process.stdout.write(`${line}\n`);
};

const dataDir = await mkdtemp(join(tmpdir(), "event-machine-faults-"));
let sound = false;
try {
  const options = {
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    acts,
    report: (line: string) => say(`  ${line}`),
  };
  const report = await runFaults(dataDir, options);
  sound = report.violations.length === 0;
  print(report);
} finally {
  if (sound && !values.keep) await rm(dataDir, { recursive: true, force: true });
  else process.stderr.write(`logs, ledgers and store: ${dataDir}\n`);
}
process.exit(sound ? 0 : 1);

function print({ asked, promised, injected, streams, violations }: FaultReport): void {
  const recovery = summarise(injected.recoveriesMs);
  const recoveries = Object.entries(injected.recoveries).map(([label, times]) => ({ label, ...summarise(times) }));
  if (values.json) {
    const { seed, minutes } = values;
    const line = { seed, minutes, asked, promised, injected: injected.counts, recovery, recoveries, streams, violations };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  say(`\n${asked} transfers asked for, ${promised} promised, a stream resumed ${streams} times; injected:`);
  for (const [what, count] of Object.entries(injected.counts).toSorted()) say(`  ${String(count).padStart(5)} ${what}`);
  if (recovery.count > 0) say(`kill -9 of the working watcher to the next delivery, by its standby: ${inWords(recovery)}`);
  if (recoveries.length > 0) say("from a restart to work again:");
  for (const { label, ...times } of recoveries) say(`  ${label}: ${inWords(times)}`);
  say(violations.length === 0 ? "no invariant is broken" : `${violations.length} violations:\n  ${violations.join("\n  ")}`);
}

interface Times {
  count: number;
  p50Ms: number | undefined;
  p99Ms: number | undefined;
  maxMs: number | undefined;
}

function summarise(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const percentile = (share: number) => sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)];
  return { count: sorted.length, p50Ms: percentile(0.5), p99Ms: percentile(0.99), maxMs: sorted.at(-1) };
}

function inWords({ count, p50Ms, p99Ms, maxMs }: Times): string {
  return `p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms, of ${count}`;
}
