/**
 * An error that ended a start, for people: what happened and what to do, in the first line.
 * @param dataDir The data folder.
 */
export function explain(error: unknown, dataDir: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/ENOSPC|no space left on device|disk is full/i.test(message)) {
    return `The disk of ${dataDir} is full. Make room there, or set DATA_DIR to a folder on another disk.\n${message}`;
  }
  if (/EADDRINUSE|address already in use/i.test(message)) {
    return `A port was taken while the services started. Stop what listens there, or set another; .env.example names them.\n${message}`;
  }
  return message;
}
