import { readFile } from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";
import type { CliContext } from "../cli/context.js";
import { UsageError } from "../cli/exit-codes.js";
import { run } from "../cli/program.js";
import { createClient } from "../client/client.js";
import { readCliConfig } from "../config/config.js";

/** The command line `eventmachine`: its arguments, the environment and the streams are this process's. */
export async function runCli(): Promise<void> {
  const abort = new AbortController();
  // From a terminal it comes twice: once from there, and once from the launcher.
  process.on("SIGINT", () => abort.abort());
  // `| head` has read enough.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit(0);
    });
  }
  const context: CliContext = {
    connect: () => {
      const { EVENT_MACHINE_URL: url, EVENT_MACHINE_API_KEY: apiKey } = readCliConfig();
      return createClient({ url, apiKey });
    },
    write: (written) => void process.stdout.write(written),
    warn: (written) => void process.stderr.write(written),
    readInput: async (path) => (path === "-" ? await text(process.stdin) : await readGivenFile(path)),
    signal: abort.signal,
  };
  process.exitCode = await run(context, process.argv);
}

async function readGivenFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    throw new UsageError(`The file ${path} cannot be read.`);
  }
}
