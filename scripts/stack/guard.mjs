// Ends the stack's processes when the process that started them is gone, however it went: kill -9 runs no handler of its own.
// Plain JavaScript, so that it starts at once. Standard input says which process groups there are, a line each: +<group> or -<group>.
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

// As long as the stack itself gives a service to stop.
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

/** The groups that run. */
const groups = new Set();
// It has its own group, and still must outlive what its terminal or a supervisor sends to all.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const group = Number(line.slice(1));
  if (line.startsWith("+")) groups.add(group);
  else groups.delete(group);
}
for (const group of groups) send(group, "SIGTERM");
for (const until = performance.now() + STOP_TIMEOUT_MS; performance.now() < until; await sleep(POLL_MS)) {
  for (const group of groups) if (!send(group, 0)) groups.delete(group);
  if (groups.size === 0) break;
}
for (const group of groups) send(group, "SIGKILL");

/** Says whether the group has a process. */
function send(group, signal) {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
