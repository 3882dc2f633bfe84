/**
 * Measures what the contracts' writes cost, beside the floor under them: `npm run gas`, with `--json` the figures only, with
 * `--write` also into the committed snapshot. The chain is Hardhat's, in this process.
 */
import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { network, tasks } from "hardhat";
import { GAS_FLOOR_NOTES, type GasFloor, gasFloor } from "./gas-floor.js";
import { type GasFigures, measureGas } from "./gas-measure.js";

export const GAS_SNAPSHOT = new URL("../../docs/contracts/gas-snapshot.json", import.meta.url);

export type GasReport = GasFigures & { floor: GasFloor };

/** Every figure of the report, in gas; those of a batch are per item, rounded up. */
export async function gasReport(): Promise<GasReport> {
  const connection = await network.create();
  try {
    const figures = await measureGas(connection.ethers);
    return { ...figures, floor: gasFloor(figures.detailsBytes) };
  } finally {
    await connection.close();
  }
}

/** The report for people: one row a write, one column a batch size, the floor beside 1 and 100. */
export function formatGasReport(report: GasReport): string {
  const columns = ["single", "batch1", "batch10", "batch100"] as const;
  const header = ["gas per item", ...columns, "floor single", "floor batch100"];
  const rows = Object.keys(report.single).map((write) => [
    write,
    ...columns.map((column) => report[column][write]?.toString() ?? "–"),
    report.floor.single[write]?.toString() ?? "–",
    report.floor.batch100[write]?.toString() ?? "–",
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => (row[column] ?? "").length)));
  const line = (row: string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  return [
    line(header),
    ...rows.map(line),
    "",
    `details: ${report.detailsBytes} bytes. transfer = start + pending + complete.`,
    "The floor:",
    ...GAS_FLOOR_NOTES.map((note) => `  ${note}`),
  ].join("\n");
}

async function main(args: string[]): Promise<void> {
  await tasks.getTask("build").run({ quiet: true });
  const report = await gasReport();
  const json = JSON.stringify(report, undefined, 2);
  if (args.includes("--write")) await writeFile(GAS_SNAPSHOT, `${json}\n`);
  console.log(args.includes("--json") ? json : formatGasReport(report));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(process.argv.slice(2));
