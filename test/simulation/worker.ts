import process from "node:process";
import { type Job, runJob } from "./jobs.js";
import { openStage } from "./run-seed.js";

// Gets jobs as JSON, one an argument, and prints a line of JSON for each once it is done. The clock of a process that simulates is not
// its own, so this one is the suite's child.
const stage = await openStage();
for (const text of process.argv.slice(2)) {
  const job = JSON.parse(text) as Job;
  process.stdout.write(`${JSON.stringify({ job, reports: await runJob(stage, job) })}\n`);
}
process.exit(0);
