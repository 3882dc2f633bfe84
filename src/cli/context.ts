import type { EventMachineClient } from "../client/client.js";

/** What the command line has of its process. */
export interface CliContext {
  /** A client of the API. @throws AppError `config-invalid` */
  connect(): EventMachineClient;
  write(text: string): void;
  warn(text: string): void;
  /** A file's text; `-` is the standard input. */
  readInput(path: string): Promise<string>;
  /** Aborts at Ctrl-C. */
  signal: AbortSignal;
}
