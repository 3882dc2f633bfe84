import { run } from "../../src/cli/program.js";
import { createClient } from "../../src/client/client.js";

/** What a command line has printed, and what it ended with. */
export interface Ran {
  exitCode: number;
  out: string;
  err: string;
  /** The standard output as JSON, an object a line. Throws for anything else. */
  json(): Record<string, unknown>[];
}

/** Runs a command line in this process, against an API. */
export async function runCli(
  of: { url: string; apiKey?: string; signal?: AbortSignal; files?: Record<string, string> },
  ...args: string[]
): Promise<Ran> {
  let out = "";
  let err = "";
  const exitCode = await run(
    {
      connect: () => createClient({ url: of.url, apiKey: of.apiKey ?? "alice-key", backoff: { firstMs: 1, maxMs: 2 } }),
      write: (text) => {
        out += text;
      },
      warn: (text) => {
        err += text;
      },
      readInput: async (path) => of.files?.[path] ?? "",
      signal: of.signal ?? new AbortController().signal,
    },
    ["node", "eventmachine", ...args],
  );
  const json = () =>
    out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  return { exitCode, out, err, json };
}
