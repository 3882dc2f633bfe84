import { AppError } from "../src/domain/app-error.js";

/** Runs a script's main function. What it throws ends the process with 1 and one line that says what is wrong, without a stack. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(describe(error));
    process.exitCode = 1;
  }
}

const NO_ANSWER: readonly unknown[] = ["ECONNREFUSED", "ENOTFOUND", "NETWORK_ERROR", "SERVER_ERROR", "TIMEOUT"];

// What nobody has thought of keeps its stack.
function describe(error: unknown): unknown {
  if (error instanceof AppError) return error.message;
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (NO_ANSWER.includes(error.code)) return "The node does not answer. Start it, or give its URL with --rpc.";
  // An error of ethers holds the whole transaction.
  return "shortMessage" in error ? `The chain refused: ${error.shortMessage}.` : error;
}
