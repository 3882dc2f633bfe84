import type { FunctionProcess } from "./function-process.js";

/** Room for so many processes and no more. One that idles makes room for another. */
export interface ProcessRoom {
  /** Has a process started once there is room. */
  start(begin: () => Promise<FunctionProcess>): Promise<FunctionProcess>;
  /** Says whether a process has something to do; one that has not may be stopped at any moment. */
  setBusy(running: FunctionProcess, busy: boolean): void;
  /** Does something that takes the room of a process, for as long as it takes. */
  occupy<T>(work: () => Promise<T>): Promise<T>;
  size(): number;
  stopAll(): Promise<void>;
}

/** @param max At least as many as may be busy or occupied at once, so that an idle process is found whenever there is no room. */
export function createProcessRoom(max: number): ProcessRoom {
  const busy = new Set<FunctionProcess>();
  // In the order in which they began to idle.
  const idle = new Set<FunctionProcess>();
  // Those that are being stopped, until they have ended.
  const ending = new Set<FunctionProcess>();
  let occupied = 0;

  const size = () => busy.size + idle.size + ending.size + occupied;

  async function makeRoom(): Promise<void> {
    while (size() >= max) {
      const [oldest] = idle;
      if (oldest !== undefined) {
        idle.delete(oldest);
        ending.add(oldest);
        void oldest.stop();
      }
      await Promise.race([...ending, ...busy].map(({ ended }) => ended));
    }
    occupied += 1;
  }

  return {
    size,
    async occupy(work) {
      await makeRoom();
      try {
        return await work();
      } finally {
        occupied -= 1;
      }
    },
    async start(begin) {
      await makeRoom();
      try {
        const started = await begin();
        busy.add(started);
        void started.ended.then(() => {
          for (const set of [busy, idle, ending]) set.delete(started);
        });
        return started;
      } finally {
        occupied -= 1;
      }
    },
    setBusy(running, isBusy) {
      // One that has ended, or is about to, is no longer here.
      if (!busy.delete(running) && !idle.delete(running)) return;
      if (!running.alive) ending.add(running);
      else (isBusy ? busy : idle).add(running);
    },
    async stopAll() {
      await Promise.all([...busy, ...idle, ...ending].map((process) => process.stop()));
    },
  };
}
