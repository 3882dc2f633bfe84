import { type Command, Option } from "commander";
import type { NewTransfer, Transfer, TransferEvent, TransferRefusal } from "../../client/client.js";
import { STATES, wholeNumber } from "../arguments.js";
import { EXIT } from "../exit-codes.js";
import { type Columns, showMoney } from "../output.js";
import { take } from "../pages.js";
import type { Runner, Session } from "../session.js";

const HELD_MAX_SECONDS = 60;
const WAIT_SECONDS = 30;
const WAIT_MAX_SECONDS = 3_600;
const LIST_MAX = 100_000;

const COLUMNS: Columns<Transfer> = {
  id: ({ id }) => id,
  state: ({ state, earlierChain }) => (earlierChain === undefined ? state : `${state} (earlier chain)`),
  amount: ({ amount }) => showMoney(amount),
  payer: ({ payer }) => payer.bank,
  payee: ({ payee }) => payee.bank,
  "accepted (service's clock)": ({ acceptedAt }) => acceptedAt,
  "started (block time)": ({ startedAt }) => startedAt,
  reason: ({ reason, cause }) => reason ?? cause,
};

const EVENT_COLUMNS: Columns<TransferEvent> = {
  sequence: ({ sequence }) => sequence,
  type: ({ type }) => type,
  "block time": ({ time }) => time,
  block: ({ blockNumber }) => blockNumber,
  transaction: ({ transactionHash }) => transactionHash,
  reason: ({ reason }) => reason,
};

const REFUSAL_COLUMNS: Columns<TransferRefusal> = {
  sequence: ({ sequence }) => sequence,
  state: ({ current }) => current,
  reported: ({ to }) => to,
  cause: ({ cause }) => cause,
  "block time": ({ time }) => time,
  block: ({ blockNumber }) => blockNumber,
  transaction: ({ transactionHash }) => transactionHash,
};

interface CreateFlags {
  from: string;
  to: string;
  amount: string;
  currency: string;
  message?: string;
  deadline?: string;
  key?: string;
  wait?: number | true;
}

interface ListFlags {
  state?: Transfer["state"];
  bank?: string;
  since?: string;
  until?: string;
  limit: number;
}

/** `transfer create`, `get`, `list`, `events`, `refusals`, `receipt`, `wait`. */
export function addTransfer(program: Command, runner: Runner): void {
  const transfer = program.command("transfer").description("start transfers, and see where they stand");
  addCreate(transfer, runner);
  addList(transfer, runner);

  transfer
    .command("get")
    .description("where a transfer stands")
    .argument("<id>", "0x and 64 hex digits")
    .action(
      runner.act(async ({ client, output, signal }, [id = ""]) => {
        output.one(await client.transfers.get(id, { signal }));
        return EXIT.done;
      }),
    );

  transfer
    .command("events")
    .description("what has happened to a transfer, in the order of the chain")
    .argument("<id>")
    .action(
      runner.act(async ({ client, output, signal }, [id = ""]) => {
        output.table(await client.transfers.events(id, { signal }), EVENT_COLUMNS, "Nothing has happened yet.");
        return EXIT.done;
      }),
    );

  transfer
    .command("refusals")
    .description("reports about a transfer that the contract refused; they changed nothing")
    .argument("<id>")
    .action(
      runner.act(async ({ client, output, signal }, [id = ""]) => {
        output.table(await client.transfers.refusals(id, { signal }), REFUSAL_COLUMNS, "The contract refused nothing.");
        return EXIT.done;
      }),
    );

  transfer
    .command("receipt")
    .description("the signed receipt of a completed transfer, as JSON; eventmachine verify-receipt checks it")
    .argument("<id>")
    .action(
      runner.act(async ({ client, output, signal }, [id = ""]) => {
        const signed = await client.transfers.receipt(id, { signal });
        output.done(JSON.stringify(signed), signed);
        return EXIT.done;
      }),
    );

  transfer
    .command("wait")
    .description("wait until nothing can follow; exit code 7 if the payee has no money, 8 if it takes longer")
    .argument("<id>")
    .option("--within <seconds>", "how long", wholeNumber(1, WAIT_MAX_SECONDS), WAIT_SECONDS)
    .action(runner.act<{ within: number }>(async (session, [id = ""], { within }) => await waitAndShow(session, id, within)));
}

function addCreate(transfer: Command, runner: Runner): void {
  transfer
    .command("create")
    .description("start a transfer; it is durable once this ends")
    .requiredOption("--from <phone>", "the payer's phone number, E.164")
    .requiredOption("--to <phone>", "the payee's phone number, E.164")
    .requiredOption("--amount <minor units>", "10000 is 100.00 THB")
    .requiredOption("--currency <code>", "ISO 4217")
    .option("--message <text>", "for the payee, at most 140 characters")
    .option("--deadline <time>", "RFC 3339; after it the payer is not debited any more")
    .option(
      "--key <key>",
      "the Idempotency-Key: the same command under the same key is the same transfer, for ever; random without it",
    )
    .option("--wait [seconds]", `until it is final, ${WAIT_SECONDS} seconds unless told`, wholeNumber(1, WAIT_MAX_SECONDS))
    .addHelpText(
      "after",
      "\nExample:\n  eventmachine transfer create --from +66812345678 --to +66898765432 --amount 10000 --currency THB --wait\n",
    )
    .action(
      runner.act<CreateFlags>(async (session, _args, options) => {
        const { from, to, amount, currency, message, deadline, key, wait } = options;
        const body: NewTransfer = {
          ...{ payer: { phone: from }, payee: { phone: to }, amount: { amount, currency } },
          ...(message !== undefined && { message }),
          ...(deadline !== undefined && { deadline }),
        };
        const seconds = wait === true ? WAIT_SECONDS : wait;
        const held = seconds === undefined ? undefined : Math.min(seconds, HELD_MAX_SECONDS);
        const { client, signal } = session;
        const made = await client.transfers.create(body, { idempotencyKey: key, waitSeconds: held, signal });
        if (seconds === undefined || made.final || made.earlierChain !== undefined)
          return show(session, made, seconds !== undefined);
        return await waitAndShow(session, made.id, seconds - (held ?? 0));
      }),
    );
}

function addList(transfer: Command, runner: Runner): void {
  transfer
    .command("list")
    .description("your transfers, newest first; everybody's for a key with transfers:read-any")
    .addOption(new Option("--state <state>", "only those in a state").choices(STATES))
    .option("--bank <bic>", "only those of a bank, on either side")
    .option("--since <time>", "RFC 3339: accepted then or later")
    .option("--until <time>", "RFC 3339: accepted before")
    .option("--limit <count>", "the most that are shown", wholeNumber(1, LIST_MAX), 20)
    .action(
      runner.act<ListFlags>(async ({ client, output, signal }, _args, { state, bank, since, until, limit }) => {
        const query = {
          ...(state !== undefined && { state }),
          ...(bank !== undefined && { bank }),
          ...(since !== undefined && { from: since }),
          ...(until !== undefined && { to: until }),
        };
        output.table(
          await take(limit, (page) => client.transfers.list({ ...query, ...page }, { signal })),
          COLUMNS,
          "There are none.",
        );
        return EXIT.done;
      }),
    );
}

async function waitAndShow(session: Session, id: string, seconds: number): Promise<number> {
  const { client, signal } = session;
  return show(session, await client.transfers.waitUntilFinal(id, { withinMs: seconds * 1_000, signal }), true);
}

function show({ output }: Session, transfer: Transfer, waited: boolean): number {
  output.one(transfer);
  return waited && transfer.state !== "COMPLETED" ? EXIT.notCompleted : EXIT.done;
}
