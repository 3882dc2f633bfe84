import { type Command, Option } from "commander";
import type { SuspendedTransfer } from "../../client/client.js";
import { STATES } from "../arguments.js";
import { EXIT } from "../exit-codes.js";
import type { Runner } from "../session.js";

type State = SuspendedTransfer["state"];

const outcomeOption = () =>
  new Option("--outcome <state>", "one of the transfer's allowedOutcomes").choices(STATES).makeOptionMandatory();

/** `suspended report`, `confirm-report`, `withdraw-report`: of the people of the open leg's bank. */
export function addReports(suspended: Command, runner: Runner): void {
  suspended
    .command("report")
    .description("propose, as a person of the open leg's bank, the outcome of that leg")
    .argument("<id>")
    .addOption(outcomeOption())
    .requiredOption("--note <text>", "how you know it, one line of at most 500 characters; no names, no account numbers")
    .option("--reason <code>", "ISO 20022; needed for REJECTED and REVERSING, and for nothing else")
    .option("--bank-reference <text>", "the bank's own reference of the payment")
    .action(
      runner.act<{ outcome: State; note: string; reason?: string; bankReference?: string }>(
        async ({ client, output, signal }, [id = ""], { outcome: to, note, reason, bankReference }) => {
          const outcome = {
            ...{ to, note },
            ...(reason !== undefined && { reason }),
            ...(bankReference !== undefined && { bankReference }),
          };
          output.one(await client.suspendedTransfers.report(id, outcome, { signal }));
          return EXIT.done;
        },
      ),
    );

  suspended
    .command("confirm-report")
    .description("confirm, as another person of the bank, the proposed outcome; read its note with `suspended get` first")
    .argument("<id>")
    .addOption(outcomeOption())
    .requiredOption("--evidence <hash>", "the hash of the statement that you have read")
    .action(
      runner.act<{ outcome: State; evidence: string }>(
        async ({ client, output, signal }, [id = ""], { outcome: to, evidence }) => {
          output.one(await client.suspendedTransfers.confirmReport(id, { to, evidence }, { signal }));
          return EXIT.done;
        },
      ),
    );

  suspended
    .command("withdraw-report")
    .description("withdraw the proposed outcome")
    .argument("<id>")
    .action(
      runner.act(async ({ client, output, signal }, [id = ""]) => {
        await client.suspendedTransfers.withdrawReport(id, { signal });
        output.done("No outcome is proposed any more.", { withdrawn: true });
        return EXIT.done;
      }),
    );
}
