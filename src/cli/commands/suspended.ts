import { type Command, Option } from "commander";
import type { SuspendedTransfer } from "../../client/client.js";
import { STATES, wholeNumber } from "../arguments.js";
import { EXIT } from "../exit-codes.js";
import { type Columns, showMoney } from "../output.js";
import { take } from "../pages.js";
import type { Runner } from "../session.js";
import { addReports } from "./suspended-reports.js";

type State = SuspendedTransfer["state"];

const LIST_MAX = 100_000;

const COLUMNS: Columns<SuspendedTransfer> = {
  id: ({ id }) => id,
  from: ({ suspendedFrom }) => suspendedFrom,
  amount: ({ amount }) => showMoney(amount),
  payer: ({ payer }) => payer.bank,
  payee: ({ payee }) => payee.bank,
  reason: ({ reason }) => reason,
  allowed: ({ allowed }) => allowed.join(","),
  proposed: ({ proposal }) => proposal?.to,
  reported: ({ outcomeProposal }) => outcomeProposal?.to,
};

const toOption = () => new Option("--to <state>", "the state that it goes on in").choices(STATES).makeOptionMandatory();

/** `suspended list`, `get`, `propose`, `confirm`, `withdraw`, `report`, `confirm-report`, `withdraw-report`. */
export function addSuspended(program: Command, runner: Runner): void {
  const suspended = program
    .command("suspended")
    .description("transfers that wait for people: two arbiters let one go on, or two people of its bank report the outcome");

  suspended
    .command("list")
    .description("what waits")
    .option("--bank <bic>", "only those of a bank, on either side")
    .option("--limit <count>", "the most that are shown", wholeNumber(1, LIST_MAX), 100)
    .action(
      runner.act<{ bank?: string; limit: number }>(async ({ client, output, signal }, _args, { bank, limit }) => {
        const query = bank === undefined ? {} : { bank };
        const items = await take(limit, (page) => client.suspendedTransfers.list({ ...query, ...page }, { signal }));
        output.table(items, COLUMNS, "Nothing is suspended.");
        return EXIT.done;
      }),
    );

  suspended
    .command("get")
    .description("one of them, and what is proposed for it")
    .argument("<id>")
    .action(
      runner.act(async ({ client, output, signal }, [id = ""]) => {
        output.one(await client.suspendedTransfers.get(id, { signal }));
        return EXIT.done;
      }),
    );

  addResolutions(suspended, runner);
  addReports(suspended, runner);
}

function addResolutions(suspended: Command, runner: Runner): void {
  suspended
    .command("propose")
    .description("propose, as an arbiter, how a transfer goes on")
    .argument("<id>")
    .addOption(toOption())
    .option("--reason <code>", "ISO 20022; needed for the negative outcome, and for nothing else")
    .action(
      runner.act<{ to: State; reason?: string }>(async ({ client, output, signal }, [id = ""], { to, reason }) => {
        const resolution = { to, ...(reason !== undefined && { reason }) };
        output.one(await client.suspendedTransfers.propose(id, resolution, { signal }));
        return EXIT.done;
      }),
    );

  suspended
    .command("confirm")
    .description("confirm, as another arbiter, what is proposed")
    .argument("<id>")
    .addOption(toOption())
    .action(
      runner.act<{ to: State }>(async ({ client, output, signal }, [id = ""], { to }) => {
        output.one(await client.suspendedTransfers.confirm(id, { to }, { signal }));
        return EXIT.done;
      }),
    );

  suspended
    .command("withdraw")
    .description("take back what is proposed")
    .argument("<id>")
    .action(
      runner.act(async ({ client, output, signal }, [id = ""]) => {
        await client.suspendedTransfers.withdraw(id, { signal });
        output.done("Nothing is proposed any more.", { withdrawn: true });
        return EXIT.done;
      }),
    );
}
