import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { connectChain } from "../../../src/chain/connect-chain.js";
import { readDeployment } from "../../../src/chain/deployment.js";
import type { Stack } from "../../stack/stack.js";
import { createCustomers } from "./customers.js";
import { checkMoney } from "./money.js";
import { createProgress, type Progress } from "./progress.js";
import { seedJournal, seedTransfers } from "./seed.js";
import { measureSystem, measureThroughput, type SystemFigures, type SystemOptions } from "./system.js";

/** The same measurement again, with many transfers on the chain and in the store. */
export interface GrowthFigures {
  /** How many there were before it. */
  transfers: number;
  /** Throughput with them to throughput without, the mean of before and after: a machine's speed is not the same for an hour. */
  ratio: number;
  /** In transfers/s: of this stack before, and of one like it after it was gone. */
  without: [number, number];
  system: SystemFigures;
}

const LOOK_INTERVAL_MS = 500;
const STALL_TIMEOUT_MS = 120_000;

/** Seeds `transfers`, waits until the watcher has stored and delivered them, and measures again. */
export async function measureGrown(stack: Stack, options: SystemOptions & { transfers: number }): Promise<SystemFigures> {
  const deployment = await readDeployment(join(stack.dataDir, "deployment.json"));
  const chain = connectChain(`http://127.0.0.1:${stack.ports.chain}`, deployment);
  try {
    await seedTransfers(stack, chain, options.transfers, createProgress("growth, seeding"));
    await untilDelivered(stack, Number(await chain.transfers.sequence()), createProgress("growth, storing"));
    await seedJournal(stack, deployment.domain);
  } finally {
    chain.close();
  }
  return await measureSystem(stack, options);
}

/** Compares what was measured with `transfers` there to what the same stack did before and what a fresh one does now. */
export async function compareGrowth(
  fresh: Stack,
  options: SystemOptions,
  { before, grown, transfers }: { before: SystemFigures; grown: SystemFigures; transfers: number },
): Promise<{ figures: GrowthFigures; wrong: string[] }> {
  const customers = await createCustomers(fresh, options.customers.payers.length);
  const after = await measureThroughput(fresh, { ...options, customers });
  const without: [number, number] = [before.transfersPerSecond, after.transfersPerSecond];
  const ratio = grown.transfersPerSecond / ((without[0] + without[1]) / 2);
  const wrong = await checkMoney(fresh, after.accepted, options.amountMinor);
  return { figures: { transfers, ratio, without, system: grown }, wrong };
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
