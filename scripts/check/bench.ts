import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseOptions } from "../parse-options.js";
import type { Stack } from "../stack/stack.js";
import { type StartAnother, withTemporaryStack } from "../stack/temporary-stack.js";
import { measureCatchUp } from "./bench/catch-up.js";
import { type CompareFigures, measureEngines } from "./bench/compare.js";
import { createCustomers } from "./bench/customers.js";
import { ENGINE_NAMES, isEngineName } from "./bench/engines/engines.js";
import { goalsOf } from "./bench/goals.js";
import { compareGrowth, measureGrown } from "./bench/growth.js";
import { measureMemoryRead } from "./bench/memory-speed.js";
import { checkMoney } from "./bench/money.js";
import { createProgress } from "./bench/progress.js";
import { measureRawChain } from "./bench/raw-chain.js";
import { type Results, report } from "./bench/report.js";
import { measureSlowBlocks } from "./bench/slow-blocks.js";
import { measureSoak } from "./bench/soak.js";
import { measureSystem, measureThroughput, type SystemFigures, type SystemOptions } from "./bench/system.js";

// `npm run bench`: the whole stack as separate processes, measured against the chain's own limit on the same node, in one run.

const options = parseOptions({
  json: { type: "boolean", default: false },
  quick: { type: "boolean", default: false },
  keep: { type: "boolean", default: false },
  chain: { type: "string", default: "hardhat" },
  // Transfers on the chain that an empty store catches up with; none in a quick run, unless told.
  catchup: { type: "string" },
  // Transfers in the store and on the chain when the system is measured again; as above.
  growth: { type: "string" },
  // Minutes at 50 % load, and seconds between blocks; none unless told.
  soak: { type: "string" },
  "block-seconds": { type: "string" },
  // Workflow engines to run the same two bank calls in, with commas between: dbos, restate.
  compare: { type: "string" },
  out: { type: "string" },
  profile: { type: "string" },
});

for (const [name, value] of [
  ["catchup", options.catchup],
  ["growth", options.growth],
  ["soak", options.soak],
  ["block-seconds", options["block-seconds"]],
]) {
  if (value === undefined || /^[0-9]{1,7}$/.test(value)) continue;
  process.stderr.write(`--${name} takes a whole number.\n`);
  process.exit(2);
}
if (options.chain !== "hardhat" && options.chain !== "anvil") {
  process.stderr.write("--chain is hardhat or anvil.\n");
  process.exit(2);
}

const engineNames = options.compare?.split(",") ?? [];
const ENGINES = engineNames.filter(isEngineName);
if (ENGINES.length < engineNames.length) {
  process.stderr.write(`--compare takes workflow engines, with commas between: ${ENGINE_NAMES.join(",")}.\n`);
  process.exit(2);
}

const AMOUNT_MINOR = "1";
const CUSTOMERS_PER_BANK = 100;
// More a minute than any machine sends: what is measured is not the API's own limit.
const REQUESTS_MAX = "100000000";
const SECONDS = options.quick
  ? { raw: 3, warmUpSeconds: 3, saturationSeconds: 8, latencySeconds: 4 }
  : { raw: 15, warmUpSeconds: 10, saturationSeconds: 30, latencySeconds: 20 };
// Restate takes some seconds until all its partitions work.
const ENGINE_WARM_UP_SECONDS = 10;

// What Hardhat's node takes for a transfer in blocks of one transaction each, and in the large ones that seed (see seed.ts); a fifth of
// the memory is for everything else.
const CATCH_UP_BYTES = 23_500;
const GROWTH_BYTES = 14_000;
const CHAIN_BYTES_MAX = options.chain === "hardhat" ? process.availableMemory() * 0.8 : Number.POSITIVE_INFINITY;
const CATCH_UP_TRANSFERS = Number(options.catchup ?? (options.quick ? 0 : 100_000));
const GROWTH_TRANSFERS = Number(options.growth ?? (options.quick ? 0 : growthThatFits(1_000_000)));
const SOAK_MINUTES = Number(options.soak ?? 0);
const BLOCK_SECONDS = Number(options["block-seconds"] ?? 0);
const EVENTS_PER_TRANSFER = 3;

if (CATCH_UP_TRANSFERS * CATCH_UP_BYTES + GROWTH_TRANSFERS * GROWTH_BYTES > CHAIN_BYTES_MAX) {
  process.stderr.write(
    "Hardhat's node keeps its chain in memory, and this machine's does not hold as many transfers. Ask for fewer by --catchup and --growth.\n",
  );
  process.exit(2);
}

/** As many as are wanted, or as many hundred thousands as there is memory for. */
function growthThatFits(transfers: number): number {
  const fit = Math.floor((CHAIN_BYTES_MAX - CATCH_UP_TRANSFERS * CATCH_UP_BYTES) / GROWTH_BYTES / 100_000) * 100_000;
  if (fit >= transfers) return transfers;
  process.stderr.write(
    `Hardhat's node keeps its chain in memory: growth is measured with ${Math.max(fit, 0)} transfers, not ${transfers}.\n`,
  );
  return Math.max(fit, 0);
}

async function measure(stack: Stack, startAnother: StartAnother): Promise<Results> {
  const deploymentFile = join(stack.dataDir, "raw-deployment.json");
  const url = `http://127.0.0.1:${stack.ports.chain}`;
  const raw = await measureRawChain(
    { url, deploymentFile, seconds: SECONDS.raw, leastTransfers: CATCH_UP_TRANSFERS },
    { batched: createProgress("raw, batched"), single: createProgress("raw, singly"), seeding: createProgress("seeding") },
  );
  const events = raw.transfers * EVENTS_PER_TRANSFER;
  const catchup =
    CATCH_UP_TRANSFERS === 0
      ? undefined
      : await measureCatchUp(stack, { deploymentFile, events, env: profiled("catch-up") }, createProgress("catch-up"));
  const customers = await createCustomers(stack, CUSTOMERS_PER_BANK);
  const how = { ...SECONDS, customers, amountMinor: AMOUNT_MINOR };
  const system = await measureSystem(stack, how);
  const soak =
    SOAK_MINUTES === 0
      ? undefined
      : await measureSoak(stack, { ...how, minutes: SOAK_MINUTES, perSecond: system.transfersPerSecond / 2 });
  const grown = GROWTH_TRANSFERS === 0 ? undefined : await measureGrown(stack, { ...how, transfers: GROWTH_TRANSFERS });
  const slowBlocks = BLOCK_SECONDS === 0 ? undefined : await measureSlowBlocks(stack, { ...how, blockSeconds: BLOCK_SECONDS });
  const accepted = [system, soak, grown, slowBlocks].reduce((sum, part) => sum + (part?.accepted ?? 0), 0);
  const wrong = await checkMoney(stack, accepted, AMOUNT_MINOR);
  const growth = grown && (await compareWithFresh(stack, startAnother, how, { before: system, grown }));
  const compare = ENGINES.length === 0 ? undefined : await compareWithEngines(stack, startAnother, how, system);
  wrong.push(...(growth?.wrong ?? []), ...(compare?.wrong ?? []));
  const figures = {
    raw,
    system,
    ...(catchup !== undefined && { catchup }),
    ...(soak !== undefined && { soak }),
    ...(growth !== undefined && { growth: growth.figures }),
    ...(slowBlocks !== undefined && { slowBlocks }),
    ...(compare !== undefined && { compare: compare.figures }),
    ratios: { systemToRawBatched: system.transfersPerSecond / raw.batchedPerSecond },
  };
  return { ...figures, goals: goalsOf(figures), moneyAddsUp: wrong.length === 0, wrong, machine: describeMachine() };
}

/** The stack has done its part, and makes room: memory is short with a million transfers. */
async function compareWithFresh(
  stack: Stack,
  startAnother: StartAnother,
  how: SystemOptions,
  measured: { before: SystemFigures; grown: SystemFigures },
) {
  await stack.stop();
  return await compareGrowth(await startAnother(), how, { ...measured, transfers: GROWTH_TRANSFERS });
}

/** The stack makes room, and after the engines a fresh one does what it did once more. */
async function compareWithEngines(
  stack: Stack,
  startAnother: StartAnother,
  how: SystemOptions,
  before: SystemFigures,
): Promise<{ figures: CompareFigures; wrong: string[] }> {
  await stack.stop();
  const warm = { ...how, warmUpSeconds: Math.max(how.warmUpSeconds, ENGINE_WARM_UP_SECONDS) };
  const banks = await startAnother("banks");
  const { engines, wrong } = await measureEngines(banks, ENGINES, { ...warm, customersPerBank: CUSTOMERS_PER_BANK });
  await banks.stop();
  const fresh = await startAnother();
  const customers = await createCustomers(fresh, CUSTOMERS_PER_BANK);
  const after = await measureThroughput(fresh, { ...warm, customers });
  wrong.push(...(await checkMoney(fresh, after.accepted, AMOUNT_MINOR)));
  await fresh.stop();
  return { figures: { system: [before.transfersPerSecond, after.transfersPerSecond], engines }, wrong };
}

/** Takes the API's limits away, and has the services write CPU profiles if that is wanted. */
function overrides(): Record<string, Record<string, string>> {
  const limits = { REQUESTS_PER_ADDRESS_MAX: REQUESTS_MAX, REQUESTS_PER_PRINCIPAL_MAX: REQUESTS_MAX };
  const services = ["watcher", "faas-debit", "whsk-credit", "bank-faas", "bank-whsk", "chain"];
  return { ...Object.fromEntries(services.map((name) => [name, profiled(name)])), api: { ...limits, ...profiled("api") } };
}

function profiled(name: string): Record<string, string> {
  const { profile } = options;
  if (profile === undefined) return {};
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(profile)} --cpu-prof-name=${name}.cpuprofile` };
}

function describeMachine(): Results["machine"] {
  const run = (command: string, args: string[]) => execFileSync(command, args, { encoding: "utf8" }).trim();
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    memoryReadNs: { before: round(memoryReadNs), after: round(measureMemoryRead()) },
    node: process.version,
    chain: options.chain,
    commit: run("git", ["rev-parse", "--short", "HEAD"]),
    date: new Date().toISOString(),
    command: `npm run bench -- ${process.argv.slice(2).join(" ")}`.trim(),
  };
}

function round(nanoseconds: number): number {
  return Math.round(nanoseconds * 10) / 10;
}

// Before there is anything else to do.
const memoryReadNs = measureMemoryRead();
const starting = createProgress("starting");
await withTemporaryStack(
  "bench",
  {
    logLevel: "warn",
    confirmations: "0",
    faultsEnabled: false,
    chain: options.chain === "anvil" ? "anvil" : "hardhat",
    overrides: overrides(),
    report: (line) => starting.update(0, line),
    keep: options.keep,
  },
  async (stack, startAnother) => {
    starting.end("ready");
    const results = await measure(stack, startAnother);
    if (options.out !== undefined) await writeFile(options.out, `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(options.json ? `${JSON.stringify(results)}\n` : report(results));
    return results.moneyAddsUp;
  },
);
