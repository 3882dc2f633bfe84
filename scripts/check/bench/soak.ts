import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../../stack/stack.js";
import { atRate } from "./load.js";
import { createProgress } from "./progress.js";
import { drain, type SystemOptions, sendLoad, usageOf, withBench } from "./system.js";

/** Memory of each process in megabytes, after a tenth of the time and at its end. */
export interface SoakFigures {
  minutes: number;
  transfersPerSecond: number;
  residentMegabytes: Record<string, { early: number; late: number }>;
  accepted: number;
}

/** Sends `perSecond` transfers a second for so many minutes, and looks whether memory stays where it was. */
export async function measureSoak(
  stack: Stack,
  options: Pick<SystemOptions, "customers" | "amountMinor"> & { minutes: number; perSecond: number },
): Promise<SoakFigures> {
  const progress = createProgress("soak");
  const seconds = options.minutes * 60;
  return await withBench(stack, options, async (bench) => {
    const began = performance.now();
    const due = atRate(options.perSecond);
    const load = sendLoad(bench, "soak", {
      seconds,
      waitSeconds: 0,
      due: (elapsed, posted) => {
        progress.update(elapsed / seconds, `${posted} transfers`);
        return due(elapsed, posted);
      },
    });
    // What goes wrong with it is told below; by then it must not have ended the process.
    load.catch(() => undefined);
    await sleep(seconds * 100);
    const early = await usageOf(stack);
    await load;
    const late = await usageOf(stack);
    const transfersPerSecond = bench.accepted / ((performance.now() - began) / 1000);
    await drain(bench, progress);
    const residentMegabytes = Object.fromEntries(
      [...late].map(([name, { residentMegabytes }]) => [
        name,
        { early: Math.round(early.get(name)?.residentMegabytes ?? 0), late: Math.round(residentMegabytes) },
      ]),
    );
    const grown = Object.entries(residentMegabytes).map(([name, { early, late: after }]) => `${name} ${early} to ${after}`);
    progress.end(`${bench.accepted} transfers; MB of memory: ${grown.join(", ")}`);
    return { minutes: options.minutes, transfersPerSecond, residentMegabytes, accepted: bench.accepted };
  });
}
