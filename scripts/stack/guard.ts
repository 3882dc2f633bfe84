import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** A process that ends the stack's other processes should this one be killed. */
export interface Guard {
  watch(pid: number): void;
  forget(pid: number): void;
  /** Ends it; what it watches is left alone. */
  close(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("guard.mjs", import.meta.url));
// A machine that ends it more often than this has no room for a guard.
const STARTS_MAX = 10;

/** @param tell Is told in one line that the guard ended and runs again. */
export function startGuard(tell: (line: string) => void): Guard {
  const pids = new Set<number>();
  let guard = start();
  let starts = 1;
  let closing = false;

  function start(): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    // The guard alone does not keep this process alive.
    child.unref();
    child.on("error", () => undefined);
    child.stdin?.on("error", () => undefined);
    child.on("exit", (_code, signal) => {
      if (closing || starts === STARTS_MAX) return;
      starts += 1;
      tell(`the guard of this start ended (${signal ?? "by itself"}); it runs again`);
      guard = start();
      for (const pid of pids) guard.stdin?.write(`+${pid}\n`);
    });
    return child;
  }

  return {
    watch(pid) {
      // One that could not be started has none.
      if (pid <= 0) return;
      pids.add(pid);
      guard.stdin?.write(`+${pid}\n`);
    },
    forget(pid) {
      pids.delete(pid);
      guard.stdin?.write(`-${pid}\n`);
    },
    async close() {
      closing = true;
      if (guard.exitCode !== null || guard.signalCode !== null) return;
      // Otherwise this process could end before it has ended.
      guard.ref();
      guard.kill("SIGKILL");
      await once(guard, "exit");
    },
  };
}
