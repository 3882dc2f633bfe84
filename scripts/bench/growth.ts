import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { connectChain } from "../../src/chain/connect-chain.js";
import { readDeployment } from "../../src/chain/deployment.js";
import type { Stack } from "../stack/stack.js";
import { createProgress, type Progress } from "./progress.js";
import { seedJournal, seedTransfers } from "./seed.js";
import { measureSystem, type SystemFigures, type SystemOptions } from "./system.js";

/** The same measurement again, with many transfers on the chain and in the store. */
export interface GrowthFigures {
  /** How many there were before it. */
  transfers: number;
  /** Throughput with them to throughput without. */
  ratio: number;
  system: SystemFigures;
}

const LOOK_INTERVAL_MS = 500;
const STALL_TIMEOUT_MS = 120_000;

/** Seeds `transfers`, waits until the watcher has stored and delivered them, and measures again. */
export async function measureGrowth(
  stack: Stack,
  options: SystemOptions & { transfers: number; empty: SystemFigures },
): Promise<GrowthFigures> {
  const deployment = await readDeployment(join(stack.dataDir, "deployment.json"));
  const chain = connectChain(`http://127.0.0.1:${stack.ports.chain}`, deployment);
  try {
    await seedTransfers(stack, chain, options.transfers, createProgress("growth, seeding"));
    await untilDelivered(stack, Number(await chain.transfers.sequence()), createProgress("growth, storing"));
    await seedJournal(stack, deployment.domain);
  } finally {
    chain.close();
  }
  const system = await measureSystem(stack, options);
  return { transfers: options.transfers, ratio: system.transfersPerSecond / options.empty.transfersPerSecond, system };
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
