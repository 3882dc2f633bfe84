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

/**
 * Does jobs in a process of their own, one after another: the clock of a process that simulates is not its own, and what it takes of
 * memory grows.
 *
 * @param next The next job; `undefined`: there is none left for it.
 */
export async function runWorker(next: () => Job | undefined, onDone: (done: Done) => void = () => undefined): Promise<Done[]> {
  const args = ["--import", "tsx", "tools/simulation/worker.ts"];
  const child = spawn(process.execPath, args, { env: inheritedEnvironment(), stdio: ["pipe", "pipe", "inherit"] });
  const all: Done[] = [];
  function giveNext(): void {
    const job = next();
    if (job === undefined) child.stdin.end();
    else child.stdin.write(`${JSON.stringify(job)}\n`);
  }
  createInterface({ input: child.stdout }).on("line", (line) => {
    const done = JSON.parse(line) as Done;
    all.push(done);
    onDone(done);
    giveNext();
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  // Where it has ended by itself: its exit code says so.
  child.stdin.on("error", () => undefined);
  giveNext();
  const code = await ended;
  if (code !== 0) throw new Error(`A worker of the simulation ended with ${code}; see above for what it says.`);
  return all;
}
