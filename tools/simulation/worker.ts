import process from "node:process";
import { createInterface } from "node:readline";
import { type Job, runJob } from "./jobs.js";
import { openStage } from "./run-seed.js";

// Gets jobs as lines of JSON, and prints a line of JSON for each once it is done. The clock of a process that simulates is not its own, so
// this one is the suite's child.
const stage = await openStage();
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line) as Job;
  process.stdout.write(`${JSON.stringify({ job, reports: await runJob(stage, job) })}\n`);
}
process.exit(0);
