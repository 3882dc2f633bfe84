import type { Command } from "commander";
import { EXIT } from "../exit-codes.js";
import type { Runner } from "../session.js";

interface AccountFlags {
  bank: string;
  account: string;
}

/** `accounts get`, `register`, `update`, `release`, and `claim`, `show-claim`, `confirm-claim`, `withdraw-claim`. */
export function addAccounts(program: Command, runner: Runner): void {
  const accounts = program.command("accounts").description("which bank holds which phone number; no answer repeats a number");

  accounts
    .command("get")
    .description("the bank that holds a number; few are allowed a minute")
    .argument("<phone>", "E.164")
    .action(
      runner.act(async ({ client, output, signal }, [phone = ""]) => {
        output.one(await client.phoneAccounts.get(phone, { signal }));
        return EXIT.done;
      }),
    );

  accounts
    .command("register")
    .description("register a number for a bank's account")
    .argument("<phone>", "E.164")
    .requiredOption("--bank <bic>", "the bank")
    .requiredOption("--account <number>", "the account there; sealed to the bank")
    .action(
      runner.act<AccountFlags>(async ({ client, output, signal }, [phone = ""], { bank, account }) => {
        output.one(await client.phoneAccounts.register({ phone, bank, account }, { signal }));
        return EXIT.done;
      }),
    );

  accounts
    .command("update")
    .description("another account at the same bank")
    .argument("<phone>", "E.164")
    .requiredOption("--account <number>", "the account")
    .action(
      runner.act<{ account: string }>(async ({ client, output, signal }, [phone = ""], { account }) => {
        output.one(await client.phoneAccounts.update(phone, { account }, { signal }));
        return EXIT.done;
      }),
    );

  accounts
    .command("release")
    .description("give a number up; nobody holds it then")
    .argument("<phone>", "E.164")
    .action(
      runner.act(async ({ client, output, signal }, [phone = ""]) => {
        await client.phoneAccounts.release(phone, { signal });
        output.done("The number is released.", { released: true });
        return EXIT.done;
      }),
    );

  addClaims(accounts, runner);
}

function addClaims(accounts: Command, runner: Runner): void {
  accounts
    .command("claim")
    .description("ask for a number that another bank holds")
    .argument("<phone>", "E.164")
    .requiredOption("--bank <bic>", "the bank that asks")
    .requiredOption("--account <number>", "the account there")
    .action(
      runner.act<AccountFlags>(async ({ client, output, signal }, [phone = ""], claim) => {
        output.one(await client.phoneAccounts.openClaim(phone, claim, { signal }));
        return EXIT.done;
      }),
    );

  accounts
    .command("show-claim")
    .description("the open claim for a number")
    .argument("<phone>", "E.164")
    .action(
      runner.act(async ({ client, output, signal }, [phone = ""]) => {
        output.one(await client.phoneAccounts.getClaim(phone, { signal }));
        return EXIT.done;
      }),
    );

  accounts
    .command("confirm-claim")
    .description("grant the open claim, as the bank that holds the number")
    .argument("<phone>", "E.164")
    .action(
      runner.act(async ({ client, output, signal }, [phone = ""]) => {
        output.one(await client.phoneAccounts.confirmClaim(phone, { signal }));
        return EXIT.done;
      }),
    );

  accounts
    .command("withdraw-claim")
    .description("take a claim back, as the bank that has opened it")
    .argument("<phone>", "E.164")
    .action(
      runner.act(async ({ client, output, signal }, [phone = ""]) => {
        await client.phoneAccounts.withdrawClaim(phone, { signal });
        output.done("The claim is withdrawn.", { withdrawn: true });
        return EXIT.done;
      }),
    );
}
