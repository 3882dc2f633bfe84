import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { connectChain } from "../../src/chain/connect-chain.js";
import { readDeployment } from "../../src/chain/deployment.js";
import type { Stack } from "../stack/stack.js";
import { createCustomers } from "./customers.js";
import { checkMoney } from "./money.js";
import { createProgress, type Progress } from "./progress.js";
import { seedJournal, seedTransfers } from "./seed.js";
import { measureSystem, measureThroughput, type SystemFigures, type SystemOptions } from "./system.js";

/** The same measurement again, with many transfers on the chain and in the store. */
export interface GrowthFigures {
  /** How many there were before it. */
  transfers: number;
  /** Throughput with them to throughput of a stack without, both measured by turns: a machine's speed is not the same for an hour. */
  ratio: number;
  /** What was measured by turns, in transfers/s. */
  turns: { without: number[]; with: number[] };
  system: SystemFigures;
}

/** `startAnother`: starts a stack like this one, without any transfers. */
export interface GrowthOptions extends SystemOptions {
  transfers: number;
  startAnother(): Promise<Stack>;
}

const TURNS = 2;
const LOOK_INTERVAL_MS = 500;
const STALL_TIMEOUT_MS = 120_000;

/**
 * Seeds `transfers`, waits until the watcher has stored and delivered them, and measures again: by turns with a stack that has none.
 * Returns also what is wrong with that one's money.
 */
export async function measureGrowth(stack: Stack, options: GrowthOptions): Promise<{ figures: GrowthFigures; wrong: string[] }> {
  const deployment = await readDeployment(join(stack.dataDir, "deployment.json"));
  const chain = connectChain(`http://127.0.0.1:${stack.ports.chain}`, deployment);
  try {
    await seedTransfers(stack, chain, options.transfers, createProgress("growth, seeding"));
    await untilDelivered(stack, Number(await chain.transfers.sequence()), createProgress("growth, storing"));
    await seedJournal(stack, deployment.domain);
  } finally {
    chain.close();
  }
  const empty = await options.startAnother();
  const here = { ...options, saturationSeconds: options.saturationSeconds / TURNS };
  const there = { ...here, customers: await createCustomers(empty, options.customers.payers.length) };
  // The one's programs run for the first time, the other's have only just seen the store grow: neither is measured before it is warm.
  let accepted = (await measureThroughput(empty, there)).accepted;
  let acceptedHere = (await measureThroughput(stack, here)).accepted;
  const turns: GrowthFigures["turns"] = { without: [], with: [] };
  for (let turn = 0; turn < TURNS; turn += 1) {
    const without = await measureThroughput(empty, there);
    accepted += without.accepted;
    turns.without.push(without.transfersPerSecond);
    const grown = await measureThroughput(stack, here);
    acceptedHere += grown.accepted;
    turns.with.push(grown.transfersPerSecond);
  }
  const wrong = await checkMoney(empty, accepted, options.amountMinor);
  await empty.stop();
  const system = await measureSystem(stack, options);
  const ratio = mean(turns.with) / mean(turns.without);
  const figures = { transfers: options.transfers, ratio, turns, system: { ...system, accepted: system.accepted + acceptedHere } };
  return { figures, wrong };
}

/** The arithmetic mean; not a number of no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function untilDelivered(stack: Stack, sequence: number, progress: Progress): Promise<void> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    let last = -1;
    for (let advancedAt = Date.now(); Date.now() - advancedAt < STALL_TIMEOUT_MS; ) {
      const { rows } = await client.query(
        "select least((select sequence from cursor), (select min(position) from functions)) as reached",
      );
      const reached = Number(rows[0]?.reached);
      if (reached >= sequence) return progress.end(`${sequence} events stored, and delivered`);
      if (reached > last) advancedAt = Date.now();
      last = reached;
      progress.update(reached / sequence, `${reached} of ${sequence} events`);
      await sleep(LOOK_INTERVAL_MS);
    }
    throw new Error(`The watcher stands still at event ${last} of ${sequence}; see ${stack.dataDir}/logs.`);
  } finally {
    await client.end();
  }
}
