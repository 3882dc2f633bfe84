import tab from "@bomb.sh/tab/commander";
import { Command } from "commander";
import { addAccounts } from "./commands/accounts.js";
import { addBanks } from "./commands/banks.js";
import { addEvents } from "./commands/events.js";
import { addFunctions } from "./commands/functions.js";
import { addKeys } from "./commands/keys.js";
import { addSuspended } from "./commands/suspended.js";
import { addTransfer } from "./commands/transfer.js";
import { addVerifyReceipt } from "./commands/verify-receipt.js";
import type { CliContext } from "./context.js";
import { protectDashedIds } from "./dashed-ids.js";
import { EXIT, EXIT_CODES_HELP, type Failure, toFailure } from "./exit-codes.js";
import { createRunner, type Runner } from "./session.js";

/** The commands. Another is a file of its own, and a line here. */
const COMMANDS: readonly ((program: Command, runner: Runner) => void)[] = [
  ...[addTransfer, addAccounts, addBanks, addFunctions, addEvents, addSuspended, addKeys, addVerifyReceipt],
];

const ENVIRONMENT_HELP = `
Environment:
  EVENT_MACHINE_URL           the API; http://127.0.0.1:8080 without it
  EVENT_MACHINE_API_KEY_FILE  a file with the API key, which only its owner may read
  EVENT_MACHINE_API_KEY       the API key itself
  Without these, the key of \`npm start\` in this folder: .eventmachine/api-key
`;

const COMPLETION_HELP = `
Tab completion:
  source <(eventmachine complete bash)     or zsh; for fish: eventmachine complete fish | source
`;

/** Runs a command line; never throws. @returns The exit code. */
export async function run(context: CliContext, argv: readonly string[]): Promise<number> {
  const runner = createRunner(context);
  const program = createProgram(context, runner);
  try {
    await program.parseAsync(protectDashedIds(program, argv));
    return runner.exitCode();
  } catch (error) {
    if (context.signal.aborted) return EXIT.interrupted;
    const failure = toFailure(error);
    if (failure.message !== "") context.warn(tell(failure, argv.includes("--json")));
    return failure.exitCode;
  }
}

function createProgram(context: CliContext, runner: Runner): Command {
  const program = new Command("eventmachine")
    .description("Transfers between phone numbers, and what belongs to them, from the command line.")
    .option("--json", "one JSON object a line on the standard output, and nothing else")
    .configureOutput({ writeOut: context.write, writeErr: context.warn })
    .showHelpAfterError("(add --help for what there is)")
    .exitOverride();
  for (const add of COMMANDS) add(program, runner);
  program.addHelpText("after", ENVIRONMENT_HELP + EXIT_CODES_HELP + COMPLETION_HELP);
  tab(program);
  return program;
}

function tell({ code, message, details }: Failure, asJson: boolean): string {
  if (asJson) return `${JSON.stringify({ error: { code, message, ...details } })}\n`;
  const { requestId, idempotencyKey } = details ?? {};
  const more = [
    ...(requestId === undefined ? [] : [`  request ${requestId}`]),
    ...(idempotencyKey === undefined
      ? []
      : [`  it was asked under --key ${idempotencyKey}: the same again is the same transfer`]),
  ];
  return `${[`${code}: ${message}`, ...more].join("\n")}\n`;
}
