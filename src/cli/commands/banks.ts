import type { Command } from "commander";
import type { Bank } from "../../client/client.js";
import { EXIT } from "../exit-codes.js";
import type { Columns } from "../output.js";
import type { Runner } from "../session.js";

const COLUMNS: Columns<Bank> = {
  bank: ({ bank }) => bank,
  active: ({ active }) => active,
  "sealing key": ({ sealingKey }) => sealingKey.version,
  "registers here": ({ registersHere }) => registersHere,
};

/** `banks list`, `get`. */
export function addBanks(program: Command, runner: Runner): void {
  const banks = program.command("banks").description("the member banks");

  banks
    .command("list")
    .description("all of them")
    .action(
      runner.act(async ({ client, output, signal }) => {
        output.table(await client.banks.list({ signal }), COLUMNS, "There are none.");
        return EXIT.done;
      }),
    );

  banks
    .command("get")
    .description("one of them")
    .argument("<bic>", "eight characters")
    .action(
      runner.act(async ({ client, output, signal }, [bank = ""]) => {
        output.one(await client.banks.get(bank, { signal }));
        return EXIT.done;
      }),
    );
}
