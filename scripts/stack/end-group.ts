import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

// PostgreSQL writes what it has before it ends.
const END_TIMEOUT_MS = 5_000;
const POLL_MS = 20;

/**
 * Ends what a process has left behind in its group, as PostgreSQL's server is left behind when whoever watches it is killed. On
 * SIGINT a PostgreSQL ends in order; whatever has not ended after a while is killed.
 */
export async function endGroup(leader: number): Promise<void> {
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    if (!send(leader, signal)) return;
    for (const until = performance.now() + END_TIMEOUT_MS; performance.now() < until; await sleep(POLL_MS)) {
      if (!send(leader, 0)) return;
    }
  }
}

/** Says whether the group has a process that takes the signal. */
function send(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
