import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../../stack/stack.js";
import { atRate } from "./load.js";
import { createProgress } from "./progress.js";
import { type SystemOptions, sendLoad, withBench } from "./system.js";

/** Blocks that a transition came later than in the next block, the most of all transfers. */
export interface SlowBlockFigures {
  blockSeconds: number;
  transfers: number;
  blocksLate: { pending: number; completed: number };
  accepted: number;
}

const TRANSFERS = 20;
const ROUNDS_MAX = 12;
const EVENTS_PER_TRANSFER = 3;

/** Has the node make a block every so many seconds, whatever comes, and looks in which block each transition is. */
export async function measureSlowBlocks(
  stack: Stack,
  options: Pick<SystemOptions, "customers" | "amountMinor"> & { blockSeconds: number },
): Promise<SlowBlockFigures> {
  const { blockSeconds } = options;
  const progress = createProgress("slow blocks");
  return await withBench(stack, options, async (bench) => {
    const { provider, observer } = bench;
    const from = await observer.blockNumber();
    await provider.send("evm_setAutomine", [false]);
    await provider.send("evm_setIntervalMining", [blockSeconds * 1000]);
    try {
      await sendLoad(bench, "slow-blocks", {
        seconds: blockSeconds * 2,
        waitSeconds: 0,
        due: atRate(TRANSFERS / (blockSeconds * 2)),
      });
      const wanted = bench.eventsBefore + bench.accepted * EVENTS_PER_TRANSFER;
      for (let round = 0; (await observer.sequence()) < wanted; round += 1) {
        if (round === ROUNDS_MAX) throw new Error(`Not all transfers are complete after ${ROUNDS_MAX} blocks.`);
        progress.update(round / ROUNDS_MAX, "waiting for the next block");
        await sleep(blockSeconds * 1000);
      }
      const blocksLate = await observer.blocksLate(from);
      progress.end(`PENDING ${blocksLate.pending}, COMPLETED ${blocksLate.completed} blocks late at most`);
      return { blockSeconds, transfers: bench.accepted, blocksLate, accepted: bench.accepted };
    } finally {
      await provider.send("evm_setIntervalMining", [0]);
      await provider.send("evm_setAutomine", [true]);
    }
  });
}
