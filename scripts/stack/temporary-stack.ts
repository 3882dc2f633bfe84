import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { freePorts } from "./ports.js";
import { type Stack, type StackOptions, startStack } from "./stack.js";

/** Starts another stack beside the first, on ports and in a folder of its own; or of it only some parts. */
export type StartAnother = (only?: StackOptions["only"]) => Promise<Stack>;

const INTERRUPTED = 130;

/**
 * Starts a stack on free ports in a folder of its own, does something with it, takes it down again, and ends this process: with 0 if
 * `main` says so, else with 1; with 130 on Ctrl-C, which stops every service too.
 *
 * @param options.keep The folder stays, and is named.
 * @param main Gets the stack, and a function that starts another, which is taken down with it.
 */
export async function withTemporaryStack(
  name: string,
  options: Omit<StackOptions, "root" | "dataDir" | "ports" | "databaseUrl"> & { keep?: boolean },
  main: (stack: Stack, startAnother: StartAnother) => Promise<boolean>,
): Promise<never> {
  const dataDir = await mkdtemp(join(tmpdir(), `event-machine-${name}-`));
  const stacks: Promise<Stack>[] = [];
  const interrupted = Promise.withResolvers<never>();
  // Whoever waits for it gets it; it must not end the process by itself.
  interrupted.promise.catch(() => undefined);
  let exitCode = 1;
  let stopping = false;
  const interrupt = () => {
    stopping = true;
    exitCode = INTERRUPTED;
    interrupted.reject(new Error("stopping …"));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  const report = (line: string) => {
    if (stopping) throw new Error("stopped while starting");
    options.report(line);
  };
  const begin = async (folder: string, only: StackOptions["only"]) =>
    await startStack({
      ...options,
      root: process.cwd(),
      dataDir: join(dataDir, folder),
      ports: await freePorts(),
      databaseUrl: undefined,
      only,
      report,
    });
  const start: StartAnother = (only) => {
    const stack = begin(stacks.length === 0 ? "" : `stack-${stacks.length + 1}`, only);
    stacks.push(stack);
    return stack;
  };
  try {
    const stack = await start();
    if (await Promise.race([main(stack, start), stack.broken, interrupted.promise])) exitCode = 0;
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  } finally {
    // One that is being started is stopped when it is there.
    await Promise.allSettled(stacks.map(async (stack) => (await stack).stop()));
    if (options.keep) process.stderr.write(`Data and logs: ${dataDir}\n`);
    else await rm(dataDir, { recursive: true, force: true });
  }
  process.exit(exitCode);
}
