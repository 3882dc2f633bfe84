import process from "node:process";

/** A line on stderr that says how far a phase is. On a terminal it stays in place. */
export interface Progress {
  /** @param done Between 0 and 1. */
  update(done: number, note: string): void;
  end(note: string): void;
}

const BAR_CHARACTERS = 24;
// On what is no terminal every update would be a line: one in so many tenths is enough.
const LOG_STEPS = 4;

export function createProgress(phase: string): Progress {
  let logged = -1;
  const line = (done: number, note: string) => {
    const filled = Math.round(Math.min(Math.max(done, 0), 1) * BAR_CHARACTERS);
    return `${phase.padEnd(16)} ${"█".repeat(filled)}${"░".repeat(BAR_CHARACTERS - filled)} ${note}`;
  };
  return {
    update(done, note) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line(done, note)}`);
      else if (Math.floor(done * LOG_STEPS) > logged) {
        logged = Math.floor(done * LOG_STEPS);
        process.stderr.write(`${line(done, note)}\n`);
      }
    },
    end(note) {
      process.stderr.write(`${process.stderr.isTTY ? "\r\x1b[2K" : ""}${line(1, note)}\n`);
    },
  };
}
