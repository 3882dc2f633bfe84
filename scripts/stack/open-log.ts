import { createWriteStream } from "node:fs";

// A log names transfers and principals.
const OWNER_ONLY = 0o600;

/** A log that may be lost: writing it never fails. */
export interface Log {
  write(chunk: Buffer): void;
  end(): void;
}

/**
 * Appends to a file. Where it cannot be written, as on a full disk, the rest is dropped, and that is told once.
 * @param tell Takes one line.
 */
export function openLog(file: string, tell: (line: string) => void = () => undefined): Log {
  const stream = createWriteStream(file, { flags: "a", mode: OWNER_ONLY });
  let lost = false;
  stream.on("error", (error) => {
    if (!lost)
      tell(`${file} cannot be written (${error.message}); dropping what follows until its service starts again. Make room.`);
    lost = true;
  });
  return {
    write: (chunk) => {
      if (!lost) stream.write(chunk);
    },
    end: () => {
      if (!lost) stream.end();
    },
  };
}
