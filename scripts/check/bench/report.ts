import type { CompareFigures, EngineFigures } from "./compare.js";
import type { Figures, Goal } from "./goals.js";
import type { RawFigures } from "./raw-chain.js";
import type { Latency } from "./subject.js";

/** All that `--json` prints. */
export interface Results extends Figures {
  raw: RawFigures;
  goals: Goal[];
  moneyAddsUp: boolean;
  wrong: string[];
  machine: Record<string, unknown> & { memoryReadNs: { before: number; after: number } };
}

/** The results, for people. */
export function report(results: Results): string {
  const { raw, system, catchup, growth, slowBlocks, compare, ratios, goals, wrong, moneyAddsUp, machine } = results;
  return [
    "",
    row("chain alone, batches of 200", perSecond(raw.batchedPerSecond)),
    row("chain alone, singly, awaited", `${raw.singlePerSecond.toFixed(1)} transfers/s`),
    row("the whole system, saturated", perSecond(system.transfersPerSecond)),
    row("  of the chain alone, batched", percent(ratios.systemToRawBatched)),
    row("POST to COMPLETED at 25 % load", latency(system.latencyMs.at25)),
    row("POST to COMPLETED at 50 % load", latency(system.latencyMs.at50)),
    row("POST to COMPLETED at 80 % load", latency(system.latencyMs.at80)),
    ...(catchup === undefined ? [] : [row("an empty store catches up", `${catchup.eventsPerSecond.toFixed(0)} events/s`)]),
    ...(growth === undefined
      ? []
      : [
          row(
            `with ${growth.transfers} transfers there`,
            `${perSecond(growth.system.transfersPerSecond)}; without, before and after: ${growth.without.map(perSecond).join(", ")}; ${percent(growth.ratio)}`,
          ),
        ]),
    ...(slowBlocks === undefined ? [] : [row(`a block every ${slowBlocks.blockSeconds} s`, blocksLate(slowBlocks.blocksLate))]),
    ...(compare === undefined ? [] : comparison(compare)),
    "",
    ...processes(results),
    row("a read from 16 MB, before, after", `${machine.memoryReadNs.before}, ${machine.memoryReadNs.after} ns`),
    "",
    ...goals.map(({ goal, measured, reached }) => `  ${reached ? "reached" : "missed "}  ${goal}; measured ${round(measured)}`),
    "",
    moneyAddsUp ? "The money adds up." : `THE MONEY DOES NOT ADD UP: ${wrong.join("; ")}.`,
    "",
  ].join("\n");
}

function processes({ system, soak }: Results): string[] {
  const cpu = Object.entries(system.cpuMsPerTransfer).toSorted(([, a], [, b]) => b - a);
  const memory = (name: string) => {
    const { early, late } = soak?.residentMegabytes[name] ?? {};
    return early === undefined ? "" : `  ${early} to ${late} in ${soak?.minutes} min at 50 %`;
  };
  const line = (name: string, ms: number, megabytes: string) =>
    `  ${name.padEnd(16)} ${ms.toFixed(3).padStart(18)} ${megabytes.padStart(12)}${memory(name)}`;
  const sum = cpu.reduce((all, [, ms]) => all + ms, 0);
  return [
    `  ${"process".padEnd(16)} ${"CPU ms a transfer".padStart(18)} ${"memory, MB".padStart(12)}`,
    ...cpu.map(([name, ms]) => line(name, ms, String(system.residentMegabytes[name]))),
    line("in all", sum, ""),
  ];
}

/** The same two bank calls in a workflow engine, with no chain, beside the whole system. */
function comparison({ system, engines }: CompareFigures): string[] {
  const mean = (system[0] + system[1]) / 2;
  const engine = (name: string, { transfersPerSecond, latencyMs }: EngineFigures) =>
    row(
      name,
      `${perSecond(transfersPerSecond)}; the whole system: ${(mean / transfersPerSecond).toFixed(2)} of it; ${latency(latencyMs.at25)} at 25 %`,
    );
  return [
    "",
    row("the whole system, before and after", system.map(perSecond).join(", ")),
    ...Object.entries(engines).flatMap(([name, { single, grouped }]) => [
      engine(`  ${name}, bank calls one by one`, single),
      engine(`  ${name}, bank calls grouped`, grouped),
    ]),
  ];
}

function perSecond(count: number): string {
  return `${count.toFixed(0)} transfers/s`;
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(34)} ${value}`;
}

function latency({ p50, p95, p99 }: Latency): string {
  return `p50 ${p50} ms   p95 ${p95} ms   p99 ${p99} ms`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function blocksLate({ pending, completed }: { pending: number; completed: number }): string {
  return `PENDING at most ${pending}, COMPLETED at most ${completed} blocks later than in the next`;
}

function round(measured: number): string {
  return measured >= 10 ? measured.toFixed(0) : measured.toFixed(2);
}
