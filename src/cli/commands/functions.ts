import { type Command, Option } from "commander";
import type { Delivery, FunctionChange, NewFunction, RegisteredFunction } from "../../client/client.js";
import { EVENT_NAMES, type EventName, eventType, wholeNumber } from "../arguments.js";
import { EXIT, UsageError } from "../exit-codes.js";
import type { Columns } from "../output.js";
import { take } from "../pages.js";
import type { Runner, Session } from "../session.js";
import { addInvocations } from "./invocations.js";

const OVERLAP_MAX_SECONDS = 604_800;
const LIST_MAX = 100_000;

const COLUMNS: Columns<RegisteredFunction> = {
  name: ({ name }) => name,
  target: ({ url, module }) => url ?? module?.digest.slice(0, 19),
  enabled: ({ enabled }) => enabled,
  behind: ({ behind }) => behind,
  waiting: ({ waiting }) => waiting,
  dead: ({ dead }) => dead,
  "last error": ({ lastError }) => lastError,
};

const DELIVERY_COLUMNS: Columns<Delivery> = {
  sequence: ({ sequence }) => sequence,
  transfer: ({ transfer }) => transfer,
  status: ({ status }) => status,
  attempts: ({ attempts }) => attempts,
  "next attempt": ({ nextAttemptAt }) => nextAttemptAt,
  revivals: ({ revivals }) => revivals,
  "last error": ({ lastError }) => lastError,
};

interface TargetFlags {
  url?: string;
  module?: string;
  type?: EventName[];
}

/** `functions list`, `get`, `create`, `update`, `delete`, `source`, `deliveries`, `replay`, `rotate-secret`, `invoke`, `invocation`. */
export function addFunctions(program: Command, runner: Runner): void {
  const functions = program
    .command("functions")
    .description("who is woken by which events: register, change, watch and run functions");

  functions
    .command("list")
    .description("your functions and the deployment's own")
    .action(
      runner.act(async ({ client, output, signal }) => {
        output.table(await client.functions.list({ signal }), COLUMNS, "There are none.");
        return EXIT.done;
      }),
    );

  functions
    .command("get")
    .description("one of them: its settings, what waits or is dead, how long it takes to answer")
    .argument("<name>")
    .action(
      runner.act(async ({ client, output, signal }, [name = ""]) => {
        output.one(await client.functions.get(name, { signal }));
        return EXIT.done;
      }),
    );

  addChanges(functions, runner);
  addDeliveries(functions, runner);
  addInvocations(functions, runner);
}

function withTarget(command: Command): Command {
  return command
    .option("--url <url>", "where its events are posted")
    .option(
      "--module <file>",
      "a TypeScript module that handles them: export default defineFunction({ on, handle }); - is the standard input",
    )
    .addOption(new Option("--type <types...>", "which events wake it; a module's own `on` without it").choices(EVENT_NAMES));
}

function addChanges(functions: Command, runner: Runner): void {
  withTarget(functions.command("create"))
    .description("register a URL or a module; the secret is shown this once")
    .argument("<name>", "lower-case letters, digits and hyphens")
    .addHelpText("after", "\nExample:\n  eventmachine functions create large-transfers --module large-transfers.ts\n")
    .action(
      runner.act<TargetFlags>(async (session, [name = ""], flags) => {
        if ((flags.url === undefined) === (flags.module === undefined)) throw new UsageError("Give either --url or --module.");
        const body: NewFunction = { name, ...(await targetOf(session, flags)) };
        session.output.one(await session.client.functions.create(body, { signal: session.signal }));
        return EXIT.done;
      }),
    );

  withTarget(functions.command("update"))
    .description("change one; what is left out stays")
    .argument("<name>")
    .option("--enable", "put it back into service")
    .option("--disable", "take it out of service")
    .action(
      runner.act<TargetFlags & { enable?: true; disable?: true }>(async (session, [name = ""], flags) => {
        if (flags.enable && flags.disable) throw new UsageError("Give either --enable or --disable.");
        const enabled = flags.enable ?? (flags.disable ? false : undefined);
        const change: FunctionChange = { ...(await targetOf(session, flags)), ...(enabled !== undefined && { enabled }) };
        if (Object.keys(change).length === 0)
          throw new UsageError("Say what is to change: --url, --module, --type, --enable, --disable.");
        session.output.one(await session.client.functions.update(name, change, { signal: session.signal }));
        return EXIT.done;
      }),
    );

  functions
    .command("delete")
    .description("forget one, and what waits for it")
    .argument("<name>")
    .action(
      runner.act(async ({ client, output, signal }, [name = ""]) => {
        await client.functions.delete(name, { signal });
        output.done("It is woken no more.", { deleted: name });
        return EXIT.done;
      }),
    );

  functions
    .command("rotate-secret")
    .description("another secret; the old one signs beside it for a while")
    .argument("<name>")
    .requiredOption("--overlap <seconds>", "how long", wholeNumber(0, OVERLAP_MAX_SECONDS))
    .action(
      runner.act<{ overlap: number }>(async ({ client, output, signal }, [name = ""], { overlap }) => {
        output.one(await client.functions.rotateSecret(name, { overlapSeconds: overlap }, { signal }));
        return EXIT.done;
      }),
    );
}

async function targetOf({ readInput }: Session, { url, module, type }: TargetFlags): Promise<Omit<NewFunction, "name">> {
  return {
    ...(url !== undefined && { url }),
    ...(module !== undefined && { module: { source: await readInput(module) } }),
    ...(type !== undefined && { types: type.map(eventType) }),
  };
}

function addDeliveries(functions: Command, runner: Runner): void {
  functions
    .command("deliveries")
    .description("what waits for one, or was given up")
    .argument("<name>")
    .addOption(new Option("--status <status>", "both without it").choices(["waiting", "dead"]))
    .option("--limit <count>", "the most that are shown", wholeNumber(1, LIST_MAX), 100)
    .action(
      runner.act<{ status?: Delivery["status"]; limit: number }>(
        async ({ client, output, signal }, [name = ""], { status, limit }) => {
          const query = status === undefined ? {} : { status };
          const items = await take(limit, (page) => client.functions.deliveries(name, { ...query, ...page }, { signal }));
          output.table(items, DELIVERY_COLUMNS, "Nothing waits, and nothing was given up.");
          return EXIT.done;
        },
      ),
    );

  functions
    .command("replay")
    .description("deliver what was given up again: one event, or all")
    .argument("<name>")
    .option("--sequence <sequence>", "the event's")
    .action(
      runner.act<{ sequence?: string }>(async ({ client, output, signal }, [name = ""], { sequence }) => {
        output.one(await client.functions.replay(name, sequence === undefined ? {} : { sequence }, { signal }));
        return EXIT.done;
      }),
    );
}
