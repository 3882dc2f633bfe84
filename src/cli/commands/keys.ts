import { type Command, Option } from "commander";
import type { ApiKey, NewApiKey } from "../../client/client.js";
import { SCOPES, wholeNumber } from "../arguments.js";
import { EXIT } from "../exit-codes.js";
import type { Columns } from "../output.js";
import type { Runner } from "../session.js";

const OVERLAP_MAX_SECONDS = 604_800;

const COLUMNS: Columns<ApiKey> = {
  id: ({ id }) => id,
  principal: ({ principal }) => principal,
  scopes: ({ scopes }) => scopes.join(","),
  payers: ({ payers }) => (payers === "any" ? payers : JSON.stringify(payers)),
  created: ({ createdAt }) => createdAt,
  expires: ({ expiresAt }) => expiresAt,
};

interface CreateFlags {
  principal: string;
  scope: NewApiKey["scopes"];
  payerBank?: string[];
  payerPhone?: string[];
  expires?: string;
}

/** `keys list`, `get`, `create`, `rotate`, `delete`. */
export function addKeys(program: Command, runner: Runner): void {
  const keys = program.command("keys").description("API keys; a key itself is shown once, when it is made");

  keys
    .command("list")
    .description("all of them, the newest first")
    .action(
      runner.act(async ({ client, output, signal }) => {
        output.table(await client.apiKeys.list({ signal }), COLUMNS, "There are none.");
        return EXIT.done;
      }),
    );

  keys
    .command("get")
    .description("one of them")
    .argument("<id>")
    .action(
      runner.act(async ({ client, output, signal }, [id = ""]) => {
        output.one(await client.apiKeys.get(id, { signal }));
        return EXIT.done;
      }),
    );

  addCreate(keys, runner);

  keys
    .command("rotate")
    .description("another key of the same principal; the old one ends after an overlap")
    .argument("<id>")
    .requiredOption("--overlap <seconds>", "how long the old one stays good", wholeNumber(0, OVERLAP_MAX_SECONDS))
    .action(
      runner.act<{ overlap: number }>(async ({ client, output, signal }, [id = ""], { overlap }) => {
        output.one(await client.apiKeys.rotate(id, { overlapSeconds: overlap }, { signal }));
        return EXIT.done;
      }),
    );

  keys
    .command("delete")
    .description("end a key at once")
    .argument("<id>")
    .action(
      runner.act(async ({ client, output, signal }, [id = ""]) => {
        await client.apiKeys.delete(id, { signal });
        output.done("It is no key any more.", { deleted: id });
        return EXIT.done;
      }),
    );
}

function addCreate(keys: Command, runner: Runner): void {
  keys
    .command("create")
    .description("make a key, which can do no more than your own")
    .requiredOption("--principal <name>", "whose it is")
    .addOption(new Option("--scope <scopes...>", "what it may do").choices(SCOPES).makeOptionMandatory())
    .option("--payer-bank <bic...>", "whom it may send for: the customers of banks; anyone without this and the next")
    .option("--payer-phone <phone...>", "whom it may send for: single numbers, E.164")
    .option("--expires <time>", "RFC 3339; never without it")
    .addHelpText(
      "after",
      "\nExample:\n  eventmachine keys create --principal shop --scope transfers:write transfers:read --payer-bank FAASTHB1\n",
    )
    .action(
      runner.act<CreateFlags>(async ({ client, output, signal }, _args, { principal, scope, payerBank, payerPhone, expires }) => {
        const few = payerBank !== undefined || payerPhone !== undefined;
        const payers: NewApiKey["payers"] = few ? { banks: payerBank ?? [], phones: payerPhone ?? [] } : "any";
        const body = { principal, scopes: scope, payers, ...(expires !== undefined && { expiresAt: expires }) };
        output.one(await client.apiKeys.create(body, { signal }));
        return EXIT.done;
      }),
    );
}
