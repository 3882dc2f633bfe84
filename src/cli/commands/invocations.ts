import type { Command } from "commander";
import type { Invocation } from "../../client/client.js";
import { parseJson, wholeNumber } from "../arguments.js";
import { EXIT, UsageError } from "../exit-codes.js";
import type { Runner, Session } from "../session.js";

const WAIT_SECONDS = 30;
const WAIT_MAX_SECONDS = 60;

/** `functions invoke`, `invocation`, `source`. */
export function addInvocations(functions: Command, runner: Runner): void {
  functions
    .command("invoke")
    .description("run one on an input, and see what it answers; exit code 5 if it fails, 8 if it takes longer")
    .argument("<name>")
    .option("--input <json>", "the event's data")
    .option("--input-file <file>", "a file with it; - is the standard input")
    .option("--wait <seconds>", "how long", wholeNumber(0, WAIT_MAX_SECONDS), WAIT_SECONDS)
    .action(
      runner.act<{ input?: string; inputFile?: string; wait: number }>(
        async (session, [name = ""], { input, inputFile, wait }) => {
          if (input !== undefined && inputFile !== undefined) throw new UsageError("Give either --input or --input-file.");
          const text = inputFile === undefined ? (input ?? "{}") : await session.readInput(inputFile);
          const options = { waitSeconds: wait, signal: session.signal };
          return show(session, await session.client.functions.invoke(name, parseJson(text, "The input"), options));
        },
      ),
    );

  functions
    .command("invocation")
    .description("what has become of an invocation")
    .argument("<name>")
    .argument("<id>")
    .action(
      runner.act(async (session, [name = "", id = ""]) =>
        show(session, await session.client.functions.invocation(name, id, { signal: session.signal })),
      ),
    );

  functions
    .command("source")
    .description("a module's source")
    .argument("<name>")
    .action(
      runner.act(async ({ client, output, signal }, [name = ""]) => {
        const found = await client.functions.source(name, { signal });
        output.done(found.source, found);
        return EXIT.done;
      }),
    );
}

function show({ output }: Session, invocation: Invocation): number {
  output.one(invocation);
  if (invocation.status === "waiting") return EXIT.notFinal;
  return invocation.status === "failed" ? EXIT.refused : EXIT.done;
}
