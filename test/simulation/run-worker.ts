import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { inheritedEnvironment } from "../../src/config/config.js";
import type { Job } from "./jobs.js";
import type { SeedReport } from "./run-seed.js";

/** A job, and what came of each of its seeds. */
export interface Done {
  job: Job;
  reports: SeedReport[];
}

/** Does jobs in a process of their own, one after another: the clock of a process that simulates is not its own, and what it takes of memory grows. */
export async function runWorker(jobs: readonly Job[], onDone: (done: Done) => void = () => undefined): Promise<Done[]> {
  const args = ["--import", "tsx", "test/simulation/worker.ts", ...jobs.map((job) => JSON.stringify(job))];
  const child = spawn(process.execPath, args, { env: inheritedEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
  const all: Done[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const done = JSON.parse(line) as Done;
    all.push(done);
    onDone(done);
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`A worker of the simulation ended with ${code}; see above for what it says.`);
  return all;
}
